"""Many at once on one voucher: every part is used once, and nothing beyond what is on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.vouchers.errors import VoucherRefused
from tests.unit.central.insisting import insist
from tests.unit.central.lab import Lab, balance, member
from tests.unit.central.voucher_counter import booked, bought, issued, points, register, told, use


def _tried(voucher: str, key: str) -> str:
    try:
        return f"{insist(lambda: use(voucher, 700, key=key)).use}"
    except (VoucherRefused, BooksError) as error:
        return type(error).__name__
    finally:
        connection.close()


@pytest.mark.parametrize("_round", range(2))
def test_v12_no_order_of_concurrent_requests_uses_a_voucher_twice(lab: Lab, _round: int) -> None:
    voucher = bought(5000)
    keys = [f"race/{number % 16}" for number in range(32)]  # each request is sent twice

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda key: _tried(voucher, key), keys))

    used = {answer for answer in answers if answer.isdigit()}
    rest = told(voucher).on_it_minor
    assert len(used) == (5000 - rest) // 700
    assert rest == 5000 % 700
    assert booked(Account.Kind.SALES) == 5000 - rest


def test_v12_a_coupon_that_eight_counters_register_at_once_posts_its_points_once(lab: Lab) -> None:
    voucher, before = issued(points(100)), balance("bram")

    def attempt(_number: int) -> str:
        try:
            return insist(lambda: register(voucher, member("bram"))).state
        except VoucherRefused as error:
            return type(error).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))

    assert answers.count("registered") == 1
    assert balance("bram") == before + 100

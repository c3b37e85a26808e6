"""A voucher that a receipt gave never comes back to life after that receipt was taken back, whoever tries and how."""

from __future__ import annotations

import pytest

from backend_bridge.central.sales.outlived import has_outlived
from backend_bridge.central.vouchers.errors import VoucherRefused
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from loyalty.benefits import Rebate
from loyalty.reversal.request import ReverseLine
from tests.unit.central.api_neighbour import Neighbour, neighbour
from tests.unit.central.lab import Lab
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import attempt, line, no_campaigns, released, reverse, sell
from tests.unit.central.voucher_counter import DAY, NOW, TODAY, back, redate, told

LATER = NOW + 5 * DAY
REVIVED = {"valid_until": "2031-12-31", "revive": True}


@pytest.fixture
def given(lab: Lab) -> str:
    """A voucher over 300 that the receipt r-1, of 2000 and 1000, gave; it has run out."""
    no_campaigns()
    released("later", Rebate(rate_bp=1000), article_groups=("bread",))
    [voucher] = sell(line(1, 2000), line(2, 1000)).rebates
    return voucher


def run_out(voucher: str) -> None:
    redate(voucher, TODAY)
    expire_vouchers(LATER)
    assert told(voucher).state == "expired"


def revive(voucher: str) -> None:
    redate(voucher, None, at=LATER, revive=True)


def why_not(voucher: str) -> str:
    """The rule by which the voucher is not revived."""
    with pytest.raises(VoucherRefused) as refused:
        revive(voucher)
    return refused.value.rule


def off() -> int:
    return attempt(line(1, 9000, "drinks"), receipt="see", at=LATER).evaluation.discount_minor


def test_v5_an_expired_voucher_is_not_revived_after_its_receipt_was_reversed(given: str) -> None:
    run_out(given)
    reverse(at=LATER)
    assert why_not(given) == "receipt_reversed"
    assert (told(given).state, off()) == ("cancelled", 0)
    assert_replays()


def test_v5_it_is_revived_as_small_as_its_receipt_is_by_then(given: str) -> None:
    run_out(given)
    [smaller] = reverse("r-1", ReverseLine(line=1), at=LATER).reissued
    assert why_not(given) == "receipt_reversed"

    assert off() == 0
    expire_vouchers(LATER)
    assert told(smaller).state == "expired"
    revive(smaller)
    assert off() == 100
    assert_replays()


def test_v5_one_whose_receipt_stands_is_revived(given: str) -> None:
    run_out(given)
    assert not has_outlived(given)
    revive(given)
    assert off() == 300


def test_v5_a_use_is_not_given_back_by_hand_after_its_receipt_was_reversed(given: str) -> None:
    sell(line(1, 9000, "drinks"), receipt="r-2", at=NOW)
    reverse("r-1")
    with pytest.raises(VoucherRefused) as refused:
        back(given, 1)
    assert refused.value.rule == "receipt_reversed"
    assert (told(given).state, off()) == ("redeemed", 0)


def test_v13_the_api_says_why(given: str) -> None:
    run_out(given)
    reverse(at=LATER)
    caller: Neighbour = neighbour()
    refused = caller.post(f"vouchers/{given}/validity", REVIVED)
    assert (refused.status, refused.problem, refused.body["reason"]) == (409, "conflict", "receipt_reversed")
    assert Voucher.objects.get(pk=given).state == Voucher.State.CANCELLED

"""Vouchers and customers: registered after a look, made and registered in one step, passed on or not."""

from __future__ import annotations

import pytest

from backend_bridge.central.customers.models import Membership
from backend_bridge.central.ledger.models import Lot
from backend_bridge.central.vouchers.errors import BadVoucher, ChangedMeanwhile, VoucherRefused
from backend_bridge.central.vouchers.services import finding, issuing, registering
from loyalty.benefits import MoneyValue, PercentOff
from loyalty.vouchers.voucher import VoucherForm
from tests.unit.central.lab import balance, member
from tests.unit.central.voucher_counter import (
    DAY,
    MOLEN,
    NOW,
    TODAY,
    did,
    issued,
    like,
    points,
    redate,
    register,
    told,
    who,
)

pytestmark = pytest.mark.usefixtures("lab")


def test_b4_a_coupon_is_made_and_registered_in_one_step() -> None:
    before = balance("bram")

    made = issuing.create_and_register(like=points(250), customer=member("bram"), **who(key="counter-1"))
    again = issuing.create_and_register(like=points(250), customer=member("bram"), **who(key="counter-1"))

    assert made == again
    assert balance("bram") == before + 250
    assert (told(made.voucher).state, told(made.voucher).owner) == ("registered", member("bram"))
    assert did(made.voucher) == ["issued", "registered"]


def test_b5_a_free_coupon_is_shown_then_registered_and_posts_its_points_as_a_lot() -> None:
    voucher, before = issued(points(100)), balance("bram")
    shown = registering.preview_registration(company=MOLEN, voucher=voucher, customer=member("bram"), at=NOW)
    assert (shown.possible, shown.points, shown.voucher.state) == (True, 100, "issued")
    assert balance("bram") == before

    register(voucher, member("bram"), seen=shown.seen)

    assert balance("bram") == before + 100
    lot = Lot.objects.get(member=member("bram"), created_at=NOW)
    assert (lot.issuer_id, lot.origin) == (MOLEN, "earned")
    assert Membership.objects.filter(company=MOLEN, customer=member("bram")).exists()


def test_b5_what_changed_since_it_was_shown_is_not_confirmed() -> None:
    voucher, before = issued(points(100)), balance("bram")
    shown = registering.preview_registration(company=MOLEN, voucher=voucher, customer=member("bram"), at=NOW)
    redate(voucher, TODAY + DAY)

    with pytest.raises(ChangedMeanwhile):
        register(voucher, member("bram"), seen=shown.seen)
    assert balance("bram") == before


def test_v12_a_coupon_is_registered_once_and_the_preview_says_why_not_again() -> None:
    voucher, before = issued(points(100)), balance("anna")
    register(voucher, member("anna"))

    with pytest.raises(VoucherRefused) as refused:
        register(voucher, member("bram"))
    shown = registering.preview_registration(company=MOLEN, voucher=voucher, customer=member("bram"), at=NOW)

    assert refused.value.rule == "points_posted"
    assert shown.refusal is not None
    assert (shown.possible, shown.refusal.reason.value) == (False, "points_posted")
    assert balance("anna") == before + 100


def test_an_expired_coupon_and_an_unknown_customer_are_refused() -> None:
    with pytest.raises(VoucherRefused) as refused:
        register(issued(points(valid_until=TODAY - DAY)), member("anna"))
    with pytest.raises(BadVoucher) as unknown:
        register(issued(points()), "nobody")

    assert (refused.value.rule, refused.value.refusal.day) == ("no_longer_valid", TODAY - DAY)
    assert unknown.value.field == "customer"


def test_v16_a_voucher_is_passed_on_unless_it_is_bound_to_its_owner() -> None:
    loose = issued(like(MoneyValue(rest_minor=500), owner=member("anna")))
    bound = issued(like(MoneyValue(rest_minor=500), owner=member("anna"), owner_bound=True))

    moved = registering.transfer_voucher(voucher=loose, to=member("bram"), **who())
    with pytest.raises(VoucherRefused) as refused:
        registering.transfer_voucher(voucher=bound, to=member("bram"), **who())

    assert (moved.state, told(loose).owner, refused.value.rule) == ("registered", member("bram"), "owner_bound")
    assert (told(loose).on_it_minor, told(bound).owner) == (500, member("anna"))


def test_c3_vouchers_on_the_card_are_found_by_their_owner() -> None:
    ten = like(PercentOff(rate_bp=1000), owner=member("anna"), form=VoucherForm.ACCOUNT, owner_bound=True)
    voucher = issued(ten)
    issued(like(PercentOff(rate_bp=1000), owner=member("anna")))

    found = finding.account_vouchers(company=MOLEN, customer=member("anna"))

    assert [one.voucher for one in found] == [voucher]
    assert finding.account_vouchers(company=MOLEN, customer=member("bram")) == ()

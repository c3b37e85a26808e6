"""Value for somebody who was invited and has not joined never lands on an account that nobody has."""

from __future__ import annotations

import pytest

from backend_bridge.central.customers.services.inviting import invite
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Holding
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services.registering import preview_registration, register_voucher
from tests.unit.central.lab import Lab, coupon_id

MOLEN = "de-molen"


def test_b7_a_coupon_is_not_registered_to_somebody_who_has_not_joined(lab: Lab) -> None:
    at, coupon = from_ms(lab.now_ms), coupon_id("bread-50")
    contact = invite(company=MOLEN, contact=Contact(), by="test", at=at).member

    with pytest.raises(BadVoucher, match="has not joined"):
        preview_registration(company=MOLEN, voucher=coupon, customer=contact, at=at)
    with pytest.raises(BadVoucher, match="has not joined"):
        register_voucher(company=MOLEN, voucher=coupon, customer=contact, key="k", by="test", at=at)

    assert Voucher.objects.get(pk=coupon).state == Voucher.State.ISSUED
    assert not Holding.objects.filter(lot__member=contact).exists()

"""What a company made for somebody whom it invited is theirs when they join, whatever account they had before (B7)."""

from __future__ import annotations

import pytest

from backend_bridge.central.customers.services import inviting
from backend_bridge.central.customers.services.inviting import Invited
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.ledger.models import Cause, Holding
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services import changing, finding, issuing
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import MoneyValue, PercentOff
from loyalty.vouchers.voucher import VoucherForm
from tests.unit.central.api_neighbour import neighbour
from tests.unit.central.lab import BREAD, Lab, member
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import no_campaigns, sell
from tests.unit.central.voucher_counter import MOLEN, NOW, ZUID, did, issued, like, points, told, who

HALF = PercentOff(rate_bp=5000)


def invited(company: str = MOLEN) -> Invited:
    return inviting.invite(company=company, contact=Contact(display_name="Else"), by="office:1", at=NOW)


def for_card(owner: str) -> NewVoucher:
    return like(HALF, owner=owner, form=VoucherForm.ACCOUNT, owner_bound=True)


def on_card(customer: str) -> list[str]:
    return [one.voucher for one in finding.account_vouchers(company=MOLEN, customer=customer)]


def test_b7_vouchers_go_to_the_account_that_the_person_had_before(lab: Lab) -> None:
    no_campaigns()
    contact = invited()
    half, coupon = issued(for_card(contact.member)), issued(points(70, owner=contact.member))
    draft = issued(for_card(contact.member), draft=True)
    gone = issued(like(MoneyValue(rest_minor=500), owner=contact.member))
    changing.cancel_voucher(voucher=gone, **who())

    inviting.accept(token=contact.token, account=member("anna"), at=NOW)

    owners = Voucher.objects.filter(pk__in=[half, coupon, draft, gone]).values_list("owner", flat=True)
    assert set(owners) == {member("anna")}
    assert on_card(member("anna")) == [half]
    assert (told(half).owner_bound, told(coupon).state, told(draft).state) == (True, "issued", "draft")
    assert did(half) == ["issued", "transferred"]
    assert sell().evaluation.discount_minor == 500
    assert_replays()


def test_b7_they_go_once_and_stay_where_the_contact_becomes_the_account(lab: Lab) -> None:
    contact, other = invited(), invited()
    half, own = issued(for_card(contact.member)), issued(for_card(other.member))
    for _ in range(2):
        inviting.accept(token=contact.token, account=member("anna"), at=NOW)
        inviting.accept(token=other.token, username="else", at=NOW)

    assert did(half) == ["issued", "transferred"]
    assert (did(own), on_card(other.member)) == (["issued"], [own])
    assert f'"vouchers":["{half}"]' in Cause.objects.get(key=f"invitation/{contact.invitation}").payload
    assert_replays()


def test_b7_nothing_is_made_for_a_contact_who_has_another_account_by_now(lab: Lab) -> None:
    contact = invited()
    first = issuing.issue_vouchers(like=for_card(contact.member), **who(key="first"))
    inviting.accept(token=contact.token, account=member("anna"), at=NOW)

    with pytest.raises(BadVoucher, match="no such customer"):
        issued(for_card(contact.member))
    assert issuing.issue_vouchers(like=for_card(contact.member), **who(key="first")) == first
    with pytest.raises(KeyUsedOtherwise):
        issuing.issue_vouchers(like=for_card(member("anna")), **who(key="first"))


def test_p6_no_voucher_is_made_for_another_companys_contact(lab: Lab) -> None:
    contact = invited(ZUID)
    with pytest.raises(BadVoucher) as caught:
        issued(for_card(contact.member))
    assert (caught.value.field, caught.value.rule) == ("owner", "known")
    assert not Voucher.objects.filter(owner=contact.member).exists()


def test_b4_a_coupon_is_not_made_and_registered_for_somebody_who_has_not_joined(lab: Lab) -> None:
    contact, made = invited(), Voucher.objects.count()
    with pytest.raises(BadVoucher) as caught:
        issuing.create_and_register(like=points(70), customer=contact.member, **who())
    assert (caught.value.field, caught.value.rule) == ("customer", "joined")

    like_it = {"company": MOLEN, "value": {"type": "points", "pool": BREAD, "points": 70}}
    refused = neighbour().post("vouchers/registered", {"like": like_it, "customer": contact.member})
    assert refused.broken == {("body.customer", "joined")}
    assert Voucher.objects.count() == made
    assert not Holding.objects.filter(lot__member=contact.member).exists()

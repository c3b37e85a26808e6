"""Vouchers of people who are invited: made for a contact, and theirs when they have joined (B7)."""

from __future__ import annotations

from backend_bridge.central.customers.models import Customer, Membership
from backend_bridge.central.vouchers.errors import BadVoucher
from backend_bridge.central.vouchers.models import Voucher


def check_owner(owner: str | None, *, company: str) -> None:
    """Raises `BadVoucher` for an owner whom nobody is, or a contact of another company. Within a transaction a contact
    does not become somebody else's account until it ends: what is made for them is there when they accept."""
    if owner is None:
        return
    found = Customer.objects.filter(pk=owner, merged_into=None)
    standing = found.values_list("standing", flat=True).first()
    if standing == Customer.Standing.CONTACT:
        known = Membership.objects.filter(company=company, customer=owner).exists()
        standing = found.select_for_update().values_list("standing", flat=True).first() if known else None
    if standing is None:
        raise BadVoucher("owner", "known", "there is no such customer")


def check_joined(customer: str) -> None:
    """Raises `BadVoucher` for a contact, too: points of theirs wait for the acceptance, and a coupon's would be on an
    account that nobody has yet."""
    known = Customer.objects.filter(pk=customer, merged_into=None).first()
    if known is None:
        raise BadVoucher("customer", "known", "there is no such customer")
    if known.standing == Customer.Standing.CONTACT:
        raise BadVoucher("customer", "joined", "who has not joined yet gets points by a note, which wait for them")


def vouchers_of(contact: str, *, company: str) -> tuple[str, ...]:
    """All that `company` made for a contact, ended or not, by id; none is made until the transaction ends."""
    Customer.objects.select_for_update().get(pk=contact)
    return tuple(Voucher.objects.filter(owner=contact, company=company).order_by("pk").values_list("pk", flat=True))

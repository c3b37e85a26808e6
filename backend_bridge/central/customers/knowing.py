"""Which company knows whom. A company comes to know a customer by what they do there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from backend_bridge.central.customers.errors import NotKnown
from backend_bridge.central.customers.models import Customer, Membership


def meet(*, customer: str, company: str, at: dt.datetime) -> None:
    """From now on `company` knows `customer`; nothing happens where it did before."""
    meet_all([(company, customer)], at=at)


def meet_all(pairs: Iterable[tuple[str, str]], *, at: dt.datetime) -> None:
    """The same for many, each as (company, customer)."""
    met = [Membership(customer_id=customer, company_id=company, since=at) for company, customer in sorted(pairs)]
    Membership.objects.bulk_create(met, ignore_conflicts=True)


def known_to(company: str) -> QuerySet[Membership]:
    """The memberships of a company. An account that was merged into another one shows up there only."""
    return Membership.objects.filter(company=company, customer__merged_into=None, ended_at=None)


def membership_of(*, company: str, member: str, lock: bool = False) -> Membership:
    """What `company` knows of `member`; raises `NotKnown` where it knows nothing."""
    rows = known_to(company).select_related("customer")
    row = (rows.select_for_update(of=("self",)) if lock else rows).filter(customer=member).first()
    if row is None:
        raise NotKnown("member", "known", "this company knows no such customer")
    return row


def the_account(member: str) -> str:
    """The account that `member` stands for: another one where it was merged. Raises `NotKnown`."""
    row = Customer.objects.filter(pk=member).first()
    if row is None:
        raise NotKnown("member", "known", "there is no such customer")
    return row.pk if row.merged_into_id is None else row.merged_into_id

"""A company comes to know a customer by what they do there."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.customers.models import Membership


def meet(*, customer: str, company: str, at: dt.datetime) -> None:
    """From now on `company` knows `customer`; nothing happens where it did before."""
    Membership.objects.bulk_create(
        [Membership(customer_id=customer, company_id=company, since=at)], ignore_conflicts=True
    )

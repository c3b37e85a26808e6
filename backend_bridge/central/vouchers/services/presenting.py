"""How a voucher is presented outside a sale: at which branch's clock, in which channel, by whom."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.customers.services.groups import groups_of
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.vouchers.clock import company_zone
from loyalty.conditions import Channel
from loyalty.receipts.receipt import Customer
from loyalty.vouchers.presenting import Presented


def presented(
    *, company: str, at: dt.datetime, branch: str = "", channel: str = "", customer: str | None = None
) -> Presented:
    """How a voucher of `company` is presented at the instant `at`. A `branch` that is not the company's counts as
    none, and a `channel` in which nothing is sold, as the office, as none."""
    who = None
    if customer is not None:
        who = Customer(customer=customer, groups=groups_of(company=company, member=customer))
    zone = Branch.objects.filter(pk=branch, company=company).values_list("timezone", flat=True).first()
    return Presented(
        at=at,
        timezone=zone or company_zone(company),
        branch="" if zone is None else branch,
        channel=Channel(channel) if channel in set(Channel) else None,
        customer=who,
    )

"""Vouchers that are presented with a receipt: those that were named, and those that the card itself holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.sales.errors import BadSale
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.errors import VoucherNotKnown
from backend_bridge.central.vouchers.models import Voucher as Row
from backend_bridge.central.vouchers.posting.taking import homeless
from backend_bridge.central.vouchers.services.using import vouchers_for_sale
from loyalty.vouchers.voucher import Voucher

#: How many vouchers one receipt is judged with (`loyalty.evaluation.case.Sale`).
_MOST = 100


def vouchers(
    named: Sequence[str], *, company: str, member: str | None, late: dt.datetime | None, posting: Posting | None
) -> tuple[Voucher, ...]:
    """The vouchers as `evaluate` judges them; with a posting they stay locked. `late` is when a receipt that
    comes late was bought: vouchers that were made after that are none of it.

    Raises `BadSale`, `VoucherNotKnown` and `VoucherAtTerminal`: the last for named ones only, since nobody
    asked for what is merely on the card (C3).
    """
    if len(named) != len(set(named)):
        raise BadSale("vouchers", "once", "a voucher is there twice")
    if len(named) > _MOST:
        raise BadSale("vouchers", "too_many", f"a receipt takes {_MOST} vouchers at most")
    if late is not None and Row.objects.filter(pk__in=named, company=company, created_at__gt=late).exists():
        raise BadSale("vouchers", "later", "a voucher was made after this was bought")
    wanted = [*named, *_on_the_card(member, company=company, but=named, late=late)][:_MOST]
    if not wanted:
        return ()
    if posting is not None:
        return vouchers_for_sale(posting, company=company, vouchers=wanted)
    rows = list(Row.objects.filter(pk__in=wanted, company=company).order_by("pk"))
    if len(rows) != len(wanted):
        raise VoucherNotKnown
    return records.presented(homeless(row) for row in rows)


def _on_the_card(member: str | None, *, company: str, but: Sequence[str], late: dt.datetime | None) -> list[str]:
    if member is None:
        return []
    rows = Row.objects.filter(
        company=company,
        owner=member,
        form=Row.Form.ACCOUNT,
        state__in=[Row.State.ISSUED, Row.State.REGISTERED],
        home_terminal=None,
    ).exclude(kind=Row.Kind.POINTS, state=Row.State.REGISTERED)
    if late is not None:
        rows = rows.filter(created_at__lte=late)
    return list(rows.exclude(pk__in=but).order_by("valid_until", "pk").values_list("pk", flat=True)[:_MOST])

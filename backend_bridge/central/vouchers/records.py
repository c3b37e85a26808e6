"""A voucher's row, what the books hold for it, and the record that `loyalty.vouchers.life` changes.

Money on a voucher is in the voucher account of its company and VAT class, in a lot of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.models import Voucher as Row
from loyalty.benefits import MoneyValue, PointsValue, VoucherValue
from loyalty.conditions import Conditions
from loyalty.vouchers.record import VoucherRecord
from loyalty.vouchers.voucher import Purpose, Sold, Voucher, VoucherForm, VoucherState

Kind = Account.Kind
_ACCOUNTS = {"": Kind.VOUCHER_GIVEN, "single": Kind.VOUCHER_SINGLE, "multi": Kind.VOUCHER_MULTI}
_COLUMNS = ("company", "valid_from", "valid_until")
_ENDED = frozenset({Row.State.REDEEMED, Row.State.EXPIRED, Row.State.CANCELLED})


def lot_of(voucher: str) -> str:
    """The id of the lot in which the books keep what is on a voucher."""
    return f"voucher-{voucher}"


def account_of(row: Row) -> AccountRef:
    """The account in which that lot is."""
    return accounts.vouchers(_ACCOUNTS[row.purpose], company=row.company_id, currency=row.currency)


def holds_money(row: Row) -> bool:
    """Whether the books have a lot for it: money, and whatever was sold."""
    return row.state != Row.State.DRAFT and (row.kind == Row.Kind.MONEY or row.purpose != Row.Purpose.GIVEN)


def on_it(rows: Iterable[Row]) -> dict[str, int]:
    """The money on each of these vouchers, in minor units of its company's currency: one query."""
    holders = {lot_of(row.pk): row for row in rows if holds_money(row)}
    found = Holding.objects.filter(lot__in=holders, account__kind__in=accounts.VOUCHERS).values_list("lot", "amount")
    return {holders[lot].pk: amount for lot, amount in found if amount}


def voucher_of(row: Row, *, on_it_minor: int) -> Voucher:
    """The voucher as `loyalty.evaluation` judges it, with what is on it now."""
    conditions = conditions_of(row)
    return Voucher(
        voucher=row.pk,
        value=value_of(row, on_it_minor=on_it_minor),
        form=VoucherForm(row.form),
        state=VoucherState(row.state),
        owner=row.owner_id,
        owner_bound=row.owner_bound,
        uses_left=row.uses_left,
        sold=sold_of(row),
        **{name: getattr(conditions, name) for name in Conditions.__struct_fields__},
    )


def presented(rows: Iterable[Row]) -> tuple[Voucher, ...]:
    """The same for many vouchers, as they are now. Nothing is locked."""
    rows = list(rows)
    amounts = on_it(rows)
    return tuple(voucher_of(row, on_it_minor=amounts.get(row.pk, 0)) for row in rows)


def record_of(row: Row, posting: Posting) -> VoucherRecord:
    """The voucher's record, with what `posting`'s book holds for it: locked until the transaction ends."""
    held = posting.held(account_of(row), lot_of(row.pk)) if holds_money(row) else 0
    return VoucherRecord(
        voucher=voucher_of(row, on_it_minor=held),
        face_minor=row.face_minor,
        unearned_minor=0 if row.kind == Row.Kind.MONEY else held,
        lapsed_minor=row.lapsed_minor,
        lapsed_uses=row.lapsed_uses,
        uses_total=row.uses_total,
        uses_made=row.uses_made,
    )


def write(row: Row, record: VoucherRecord, *, at: dt.datetime) -> None:
    """Put what has become of the voucher into its row; the caller saves. What is on it is for the books."""
    voucher, before = record.voucher, row.state
    row.state, row.owner_id, row.owner_bound = Row.State(voucher.state.value), voucher.owner, voucher.owner_bound
    row.valid_from, row.valid_until = voucher.valid_from, voucher.valid_until
    row.restrictions = restrictions_of(voucher)
    row.uses_left, row.uses_total, row.uses_made = voucher.uses_left, record.uses_total, record.uses_made
    row.face_minor, row.lapsed_minor, row.lapsed_uses = record.face_minor, record.lapsed_minor, record.lapsed_uses
    if voucher.sold is not None:
        row.purpose, row.vat_rate_bp = Row.Purpose(voucher.sold.purpose.value), voucher.sold.vat_rate_bp
    if row.issued_at is None and row.state != Row.State.DRAFT:
        row.issued_at = at
    if row.registered_at is None and row.state == Row.State.REGISTERED:
        row.registered_at = at
    ended = row.state in _ENDED or row.has_posted_points
    if not ended:
        row.ended_at = None
    elif row.ended_at is None or row.state != before:
        row.ended_at = at


def conditions_of(row: Row) -> Conditions:
    """When, where and on what it holds."""
    told = {"company": row.company_id, "valid_from": row.valid_from, "valid_until": row.valid_until}
    return msgspec.convert({**row.restrictions, **told}, Conditions)


def restrictions_of(conditions: Conditions) -> dict[str, Any]:
    """What of the conditions is kept as JSON: all that is restricted, but company and days, which are columns."""
    names = [name for name in Conditions.__struct_fields__ if name not in _COLUMNS]
    plain: dict[str, Any] = {name: msgspec.to_builtins(getattr(conditions, name)) for name in names}
    return {name: value for name, value in plain.items() if value}


def value_of(row: Row, *, on_it_minor: int) -> VoucherValue:
    """What it gives. A draft has what it is to be issued with."""
    value = msgspec.convert(row.value, VoucherValue)
    if isinstance(value, MoneyValue) and row.state != Row.State.DRAFT:
        return MoneyValue(rest_minor=on_it_minor)
    return value  # type: ignore[no-any-return]


def sold_of(row: Row) -> Sold | None:
    """How it was sold, or None for one that was given away."""
    if row.purpose == Row.Purpose.GIVEN:
        return None
    return Sold(purpose=Purpose(row.purpose), vat_rate_bp=row.vat_rate_bp)


def value_columns(value: VoucherValue) -> dict[str, Any]:
    """The columns that repeat a value, so that the database can search and check it."""
    told: dict[str, Any] = msgspec.to_builtins(value)
    points = value if isinstance(value, PointsValue) else None
    return {
        "kind": Row.Kind(told["type"]),
        "value": told,
        "pool_id": None if points is None else points.pool,
        "points": 0 if points is None else points.points,
    }

"""Finding vouchers, and everything about one at any time (B5, V19, V24)."""

from __future__ import annotations

import hashlib

from django.db.models import Count, Q, QuerySet

from backend_bridge.central.organisation.models import CouponSigningKey
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.errors import BadVoucher, VoucherNotKnown
from backend_bridge.central.vouchers.models import Voucher, VoucherBatch, VoucherEvent, VoucherWish
from backend_bridge.central.vouchers.posting.taking import is_id
from backend_bridge.central.vouchers.services.results import BatchTold, EventTold, Page, VoucherTold
from loyalty import coupon
from loyalty.errors import CouponError
from loyalty.vouchers.record import VoucherRecord

LARGEST_PAGE = 200


def voucher(*, company: str, voucher: str) -> VoucherTold:
    """Everything about one voucher now (V24); raises `VoucherNotKnown`."""
    return tell_one(own_voucher(voucher, company=company))


def own_voucher(voucher: str, *, company: str) -> Voucher:
    """The row of one of the company's vouchers, as it is now; raises `VoucherNotKnown`."""
    row = _own(company).filter(pk=voucher).first() if is_id(voucher) else None
    if row is None:
        raise VoucherNotKnown
    return row


def voucher_by_code(*, company: str, code: str) -> VoucherTold:
    """The voucher of a code as it is read from a barcode, or typed (V19). Raises `BadVoucher` for a code that
    is no genuine one of this company, with the reason as its rule, and `VoucherNotKnown`."""
    return voucher(company=company, voucher=id_of_code(company=company, code=code))


def id_of_code(*, company: str, code: str) -> str:
    """The id that a code carries. 16 hex digits, as the office shows them, are an id already."""
    plain = code.strip()
    if not plain.startswith(coupon.PREFIX):
        return plain.lower().replace(" ", "")
    keys = CouponSigningKey.objects.filter(company=company).values_list("company__number", "number", "public")
    try:
        read = coupon.read(plain, {(owner, number): bytes.fromhex(public) for owner, number, public in keys})
    except CouponError as error:
        raise BadVoucher("code", error.reason, str(error)) from error
    return read.coupon_id


def search(
    *,
    company: str,
    state: str = "",
    kind: str = "",
    batch: str = "",
    owner: str = "",
    text: str = "",
    after: str = "",
    limit: int = 50,
) -> Page:
    """The company's vouchers by id, from the one behind `after`. `state` is a state, or `free`: issued, and
    at no terminal (B5). `text` is the beginning of an id or of a batch's name."""
    rows = _own(company)
    if state == "free":
        rows = rows.filter(state=Voucher.State.ISSUED, home_terminal=None)
    elif state:
        rows = rows.filter(state=state)
    exactly = {name: value for name, value in (("kind", kind), ("batch", batch), ("owner", owner)) if value}
    rows = rows.filter(**exactly)
    if text.strip():
        rows = rows.filter(Q(pk__startswith=text.strip().lower()) | Q(batch__name__startswith=text.strip()))
    limit = max(1, min(limit, LARGEST_PAGE))
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    more = len(found) > limit
    return Page(vouchers=tell(found[:limit]), after=found[limit - 1].pk if more else "")


def history(*, company: str, voucher: str) -> tuple[EventTold, ...]:
    """All that was ever done with a voucher, the oldest first; raises `VoucherNotKnown`."""
    events = VoucherEvent.objects.filter(voucher=own_voucher(voucher, company=company))
    return tuple(_event(row) for row in events.order_by("pk"))


def batches(*, company: str) -> tuple[BatchTold, ...]:
    """The company's batches, the newest first, each with its vouchers by state (B1)."""
    rows = list(VoucherBatch.objects.filter(company=company).order_by("-made_at", "pk"))
    counts: dict[str, dict[str, int]] = {row.pk: {} for row in rows}
    found = Voucher.objects.filter(batch__in=rows).values_list("batch", "state").annotate(count=Count("pk"))
    for batch, state, count in found:
        counts[str(batch)][state] = count
    return tuple(
        BatchTold(batch=row.pk, name=row.name, size=row.size, made_at=row.made_at, by=row.by, states=counts[row.pk])
        for row in rows
    )


def account_vouchers(*, company: str, customer: str) -> tuple[VoucherTold, ...]:
    """The usable vouchers that reading the customer's card brings with it (C3)."""
    rows = _own(company).filter(owner=customer, form=Voucher.Form.ACCOUNT, state=Voucher.State.REGISTERED)
    return tell(rows.exclude(kind=Voucher.Kind.POINTS).order_by("pk"))


def tell_one(row: Voucher) -> VoucherTold:
    """One row in words."""
    [told] = tell([row])
    return told


def tell(rows: QuerySet[Voucher] | list[Voucher]) -> tuple[VoucherTold, ...]:
    """Rows in words, with what is on them: three queries for all."""
    rows = list(rows)
    amounts = records.on_it(rows)
    waiting = VoucherWish.objects.filter(voucher__in=rows, outcome=VoucherWish.Outcome.PENDING)
    pending = {str(pk): count for pk, count in waiting.values_list("voucher").annotate(count=Count("pk"))}
    return tuple(_told(row, amounts.get(row.pk, 0), pending.get(row.pk, 0)) for row in rows)


def record_now(row: Voucher) -> VoucherRecord:
    """The record of a voucher as it is now; nothing is locked."""
    on_it_minor = records.on_it([row]).get(row.pk, 0)
    return VoucherRecord(
        voucher=records.voucher_of(row, on_it_minor=on_it_minor),
        face_minor=row.face_minor,
        unearned_minor=0 if row.kind == Voucher.Kind.MONEY else on_it_minor,
        lapsed_minor=row.lapsed_minor,
        lapsed_uses=row.lapsed_uses,
        uses_total=row.uses_total,
        uses_made=row.uses_made,
    )


def fingerprint(row: Voucher, *, on_it_minor: int) -> str:
    """A short text that is another one as soon as anything that counts has changed."""
    counts = (row.state, row.owner_id, row.valid_from, row.valid_until, row.uses_made, row.points, row.home_terminal_id)
    return hashlib.blake2b(repr((row.pk, counts, on_it_minor)).encode(), digest_size=12).hexdigest()


def _own(company: str) -> QuerySet[Voucher]:
    return Voucher.objects.filter(company=company).select_related("batch")


def _told(row: Voucher, on_it_minor: int, pending: int) -> VoucherTold:
    return VoucherTold(
        voucher=row.pk,
        company=row.company_id,
        funded_by=row.funded_by_id,
        kind=row.kind,
        form=row.form,
        state=row.state,
        value=records.value_of(row, on_it_minor=on_it_minor),
        conditions=records.conditions_of(row),
        currency=row.currency,
        face_minor=row.face_minor,
        on_it_minor=on_it_minor,
        uses_total=row.uses_total,
        uses_left=row.uses_left,
        uses_made=row.uses_made,
        owner=row.owner_id,
        owner_bound=row.owner_bound,
        sold=records.sold_of(row),
        batch=row.batch_id or "",
        batch_name=row.batch.name if row.batch else "",
        receipt=row.receipt,
        at_terminal=row.home_terminal_id or "",
        pending=pending,
        created_at=row.created_at,
        issued_at=row.issued_at,
        registered_at=row.registered_at,
        ended_at=row.ended_at,
    )


def _event(row: VoucherEvent) -> EventTold:
    return EventTold(
        what=row.what,
        at=row.at,
        by=row.by,
        channel=row.channel,
        receipt=row.receipt,
        use=row.use,
        minor=row.minor,
        worth_minor=row.worth_minor,
        points=row.points,
        detail=row.detail,
    )

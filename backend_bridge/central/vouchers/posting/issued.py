"""Vouchers that come into being: made as drafts, issued, sold, singly and in batches of thousands."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.copies import insert_copies
from backend_bridge.central.vouchers.history import Change, What, tell, tell_alike
from backend_bridge.central.vouchers.models import Voucher, VoucherBatch
from backend_bridge.central.vouchers.posting.registered import post_registered
from backend_bridge.central.vouchers.posting.taking import VoucherIs, changed, save, take
from loyalty.acts.vouchers import DraftIssued, VoucherMadeFor, VouchersIssued
from loyalty.benefits import MoneyValue
from loyalty.conditions import Conditions
from loyalty.vouchers import life
from loyalty.vouchers import voucher as pure
from loyalty.vouchers.record import Changed, Outcome, VoucherRecord, draft
from loyalty.vouchers.voucher import Sold


class VouchersMade(msgspec.Struct, frozen=True, kw_only=True):
    """How many were made; `batch` is the id of their batch, `voucher` the first one's."""

    voucher: str
    count: int
    batch: str = ""


def post_issued(act: VouchersIssued, posting: Posting) -> VouchersMade:
    """Make all vouchers of an issue, all alike. Raises `VoucherRefused` and `BooksError`."""
    if act.like.company != posting.company:
        raise BooksError("a company issues its own vouchers only")
    fresh = draft(new_voucher(act))
    made = Changed(record=fresh) if act.draft else changed(_first_step(fresh, act.sold, act.price_minor))
    batch = _batch(act, posting)
    row = _row(act, made.record, batch, posting)
    insert_copies(row, differing="id", values=act.vouchers)
    if not act.draft:
        _post_money(row, act.vouchers, made.minor, posting)
    what = What.DRAFTED if act.draft else What.SOLD if act.sold else What.ISSUED
    tell_alike(posting, _change(row, what, made.minor, act), act.vouchers)
    if act.like.owner is not None:
        meet(customer=act.like.owner, company=posting.company, at=posting.at)
    return VouchersMade(voucher=act.vouchers[0], count=len(act.vouchers), batch="" if batch is None else batch.pk)


def post_draft_issued(act: DraftIssued, posting: Posting) -> VoucherIs:
    """Issue or sell a draft. Raises `VoucherRefused`."""
    taken = take(act.voucher, posting)
    found = changed(_first_step(taken.record, act.sold, act.price_minor))
    answer = save(taken, found, posting)
    _post_money(taken.row, [taken.row.pk], found.minor, posting)
    what = What.SOLD if act.sold else What.ISSUED
    tell(posting, [Change(row=taken.row, what=what, was_open=False, minor=found.minor, channel=act.channel)])
    return answer


def post_made_for(act: VoucherMadeFor, posting: Posting) -> VoucherIs:
    """Make a voucher and register it in one step (B4)."""
    post_issued(act.issued, posting)
    return post_registered(act.registered, posting)


def _first_step(record: VoucherRecord, sold: Sold | None, price_minor: int) -> Outcome:
    return life.issue(record) if sold is None else life.sell(record, sold=sold, price_minor=price_minor)


def new_voucher(act: VouchersIssued) -> pure.Voucher:
    """The first of the vouchers that `act` makes, before it is issued; they are all alike."""
    like = act.like
    return pure.Voucher(
        voucher=act.vouchers[0],
        value=like.value,
        form=like.form,
        owner=like.owner,
        owner_bound=like.owner_bound,
        uses_left=like.uses,
        **{name: getattr(like, name) for name in Conditions.__struct_fields__},
    )


def _batch(act: VouchersIssued, posting: Posting) -> VoucherBatch | None:
    if not act.batch:
        return None
    return VoucherBatch.objects.create(
        id=posting.id("batch"),
        company_id=posting.company,
        name=act.batch,
        size=len(act.vouchers),
        made_at=posting.happened_at,
        by=posting.facts.by,
    )


def _row(act: VouchersIssued, record: VoucherRecord, batch: VoucherBatch | None, posting: Posting) -> Voucher:
    """The first voucher; all others differ from it in their id."""
    like, company = act.like, posting.company
    row = Voucher(
        id=act.vouchers[0],
        company_id=company,
        funded_by_id=like.funded_by or company,
        form=Voucher.Form(like.form.value),
        currency=Company.objects.values_list("currency", flat=True).get(pk=company),
        batch=batch,
        receipt=act.receipt,
        created_at=posting.happened_at,
        state=Voucher.State.DRAFT,
        **records.value_columns(like.value),
    )
    records.write(row, record, at=posting.happened_at)
    return row


def _post_money(row: Voucher, vouchers: Sequence[str], minor: int, posting: Posting) -> None:
    """What customers paid, or what the funder gives, goes onto each of `vouchers`, which are all like `row`."""
    if not minor:
        return
    sold = row.purpose != Voucher.Purpose.GIVEN
    if sold:
        source = accounts.till(company=row.company_id, currency=row.currency)
    else:
        source = accounts.voucher_funding(company=row.funded_by_id, currency=row.currency)
    account = records.account_of(row)
    posting.book.prefetch(lots=[records.lot_of(voucher) for voucher in vouchers])
    for voucher in vouchers:
        lot = posting.new_lot(
            records.lot_of(voucher),
            unit=row.currency,
            member=None,
            issuer=row.company_id,
            origin="purchased" if sold else "goodwill",
        )
        posting.move(Transfer.Kind.VOUCHER, source, account, minor, lot=lot.id)


def _change(row: Voucher, what: What, minor: int, act: VouchersIssued) -> Change:
    money = isinstance(act.like.value, MoneyValue) or act.sold is not None
    return Change(
        row=row,
        what=what,
        was_open=False,
        minor=minor if money else 0,
        points=row.points,
        channel=act.channel,
        receipt=act.receipt,
    )

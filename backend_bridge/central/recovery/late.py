"""Entries of a journal that was closed before they came: what they promised is kept, and nobody is paid twice.

Its escrow is empty: what it held went back to the members. So what it spent then is paid by the bearer of the risk,
lot by lot and never more than went back (`ReleasedRight.left`), and by nobody's main account. Only a lot that came up
with the late entries themselves pays for its own late spends first, where the member still has it. What such entries
leave in the escrow is swept into the main accounts after the batch (`completing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backend_bridge.central.conflicts.noting import Kind, Noted, note
from backend_bridge.central.desk.turn import check_id
from backend_bridge.central.errors import CannotPost
from backend_bridge.central.fleet.models import BorneSpend, Grant, JournalClosing, ReleasedRight
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.recovery import unknown_grants
from backend_bridge.central.recovery.posting import coupon_right
from backend_bridge.central.vouchers.errors import VoucherError
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.registered import register_at_terminal
from loyalty import entries

if TYPE_CHECKING:
    from backend_bridge.central.desk.postings import Case

Post = Callable[["Case", Any], None]


def post(case: Case, closing: JournalClosing, usual: Post) -> None:
    """Post an entry of a closed journal; `usual` is what posts its kind. Raises `CannotPost` or `BooksError`."""
    cover = _Cover(case, str(closing.bearer_id))
    case.posting.cover = cover
    body = case.entry.body
    special = _POST.get(type(body))
    if special is None:
        usual(case, body)
    else:
        special(case, body, closing)
    for pool, count in sorted(cover.paid.items()):
        _tell(case, Kind.LATE_SPEND, pool=pool, count=count, closing=closing)


class _Cover:
    """Pays for what the empty escrow lacks, out of the bearer's risk account."""

    def __init__(self, case: Case, bearer: str) -> None:
        self._case = case
        self._bearer = bearer
        #: Points that the bearer paid, by pool.
        self.paid: Counter[str] = Counter()

    def __call__(self, account: AccountRef, lot: str, missing: int) -> None:
        entry, posting = self._case.entry, self._case.posting
        if (account.terminal, account.epoch) != (entry.terminal, entry.epoch):
            return
        row = _right(self._case, lot)
        if row is None or row.left < missing or row.member_id != account.member:
            return  # more than this journal ever had: the books refuse it
        row.left -= missing
        row.save(update_fields=["left"])
        if row.born_late or isinstance(entry.body, entries.ReceiptReversed):
            # What a reversal takes back is the customer's to give, who has it again: nobody bears that.
            main = accounts.main(member=row.member_id, pool=account.unit)
            own = min(missing, posting.held(main, lot))
            if own:
                posting.move(Transfer.Kind.GRANTED, main, account, own, lot=lot)
            missing -= own
        if missing:
            self._pay(account, lot, missing)

    def _pay(self, account: AccountRef, lot: str, count: int) -> None:
        posting, facts = self._case.posting, self._case.posting.lot(lot)
        pool = Pool.objects.get(pk=account.unit)
        risk = accounts.risk(company=self._bearer, unit=pool.pk)
        posting.move(Transfer.Kind.AT_RISK, risk, account, count, lot=lot)
        owed = accounts.purchased_liability(company=facts.issuer, currency=pool.currency)
        # The member has the points again, so they are owed to the member once more.
        points.money_at_risk(posting, pool=pool, lot=facts, count=count, bearer=self._bearer, credit=owed)
        posting.bearers[lot] = self._bearer
        row, made = BorneSpend.objects.get_or_create(
            entry=posting.key,
            lot=lot,
            defaults={"terminal": self._case.turn.terminal, "bearer_id": self._bearer, "points": count},
        )
        if not made:
            row.points += count
            row.save(update_fields=["points"])
        self.paid[pool.pk] += count


def _post_taken(case: Case, body: entries.GrantTaken, _closing: JournalClosing) -> None:
    """What the grant gave went back when the journal was closed. Its status stays what it was then."""
    known = Grant.objects.filter(pk=check_id(body.grant), terminal=case.turn.terminal, epoch=case.entry.epoch)
    if not known.filter(member=check_id(body.member), from_journal=False).exists():
        unknown_grants.book(case, body)


def _post_returned(case: Case, body: entries.RightsReturned, _closing: JournalClosing) -> None:
    """The members have it already: it only can no longer turn up as spent. What late entries earned is swept."""
    for spend in body.lots:
        facts = case.posting.book.lot(check_id(spend.lot))
        if facts is None or facts.member != body.member or spend.points <= 0:
            raise CannotPost("the entry names a lot that this member does not have")
        escrow = case.escrow(member=body.member, pool=facts.unit)
        here = min(case.posting.held(escrow, facts.id), spend.points)
        if here:
            main = accounts.main(member=body.member, pool=facts.unit)
            case.posting.move(Transfer.Kind.RETURNED, escrow, main, here, lot=facts.id)
        gone, row = spend.points - here, _right(case, facts.id)
        if gone and (row is None or row.left < gone):
            raise CannotPost("the entry returns more than this journal had")
        if gone and row is not None:
            row.left -= gone
            row.save(update_fields=["left"])
    if body.coupon is not None:
        _use_up(case, body.coupon, member=check_id(body.member))


def _post_registered(case: Case, body: entries.CouponRegistered, closing: JournalClosing) -> None:
    """A coupon whose home was here when the journal was closed: its points come out of it, or where it was
    registered elsewhere since, out of the bearer's risk account."""
    lot, coupon = body.lot, _locked(body.coupon)
    told = (lot.pool, lot.points, lot.issuer, lot.origin, lot.expires_ms)
    if told != (coupon.pool_id, coupon.points, coupon.company_id, "earned", None):
        raise CannotPost("the lot is not what the coupon gives")
    _use_up(case, coupon.pk, member=check_id(lot.member))
    here = case.escrow(member=lot.member, pool=lot.pool)
    if coupon.state == Voucher.State.ISSUED and coupon.home_terminal_id is None:
        try:
            register_at_terminal(coupon, case.posting, member=lot.member, lot=check_id(lot.lot), to=here)
        except VoucherError:
            pass  # it expired, or belongs to somebody else by now
        else:
            return
    bearer = str(closing.bearer_id)
    risk = accounts.risk(company=bearer, unit=lot.pool)
    # The bearer gave these points: who takes them is owed by the bearer, not by who issued the coupon.
    case.posting.new_lot(check_id(lot.lot), unit=lot.pool, member=lot.member, issuer=bearer, origin=lot.origin)
    case.posting.move(Transfer.Kind.AT_RISK, risk, here, lot.points, lot=lot.lot)
    _tell(case, Kind.LATE_COUPON, pool=lot.pool, count=lot.points, closing=closing)


_POST: dict[type, Callable[[Case, Any, JournalClosing], None]] = {
    entries.GrantTaken: _post_taken,
    entries.RightsReturned: _post_returned,
    entries.CouponRegistered: _post_registered,
}


def _use_up(case: Case, coupon: str, *, member: str) -> None:
    """The right to register `coupon` was here, and is used or returned only once."""
    row = _right(case, coupon_right(check_id(coupon)))
    if row is None or not row.left or row.member_id != member:
        raise CannotPost("the coupon had no home here")
    row.left = 0
    row.save(update_fields=["left"])


def _right(case: Case, lot: str) -> ReleasedRight | None:
    entry = case.entry
    rows = ReleasedRight.objects.select_for_update().filter(terminal=entry.terminal, epoch=entry.epoch, lot=lot)
    return rows.first()


def _locked(coupon: str) -> Voucher:
    rows = Voucher.objects.select_for_update(of=("self",)).filter(pk=check_id(coupon), kind=Voucher.Kind.POINTS)
    known = rows.first()
    if known is None:
        raise CannotPost("the coupon is not known")
    return known


def _tell(case: Case, kind: Kind, *, pool: str, count: int, closing: JournalClosing) -> None:
    how = "complete" if closing.how == JournalClosing.How.COMPLETE else "written off"
    noted = Noted(
        kind=kind,
        entry=case.posting.key,
        happened_at=case.posting.happened_at,
        detail=f"{case.entry.terminal}/{case.entry.epoch} was {how} when this came: {count} points at risk",
        points=count,
        pool=pool,
        bearer=str(closing.bearer_id),
        more=pool,
    )
    note(noted, terminal=case.turn.terminal, at=case.turn.at)

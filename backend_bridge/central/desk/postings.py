"""What an authentic entry does to books, coupons and grants. What it cannot do raises `CannotPost`.

Lots are those that the entry names; none is ever chosen anew here. Every check looks at what the
central system itself has: an entry is the terminal's word for what happened there, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from backend_bridge.central.clearing import lines as clearing
from backend_bridge.central.conflicts.noting import Kind as Conflict
from backend_bridge.central.conflicts.noting import Noted, note
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.desk import prices, receipts
from backend_bridge.central.desk.batch import Batch
from backend_bridge.central.desk.turn import Turn, check_id
from backend_bridge.central.errors import CannotPost
from backend_bridge.central.fleet import incidents
from backend_bridge.central.fleet.models import Grant, Incident, JournalClosing
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import LotFacts, Posting
from backend_bridge.central.organisation.clock import by_clock
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.recovery import late, unknown_grants
from backend_bridge.central.vouchers.errors import VoucherError
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.changed import settle_wishes
from backend_bridge.central.vouchers.posting.registered import register_at_terminal
from loyalty import entries
from loyalty.entries import Entry
from loyalty.rights import LotSpend


class Case(msgspec.Struct, frozen=True):
    """An entry that is posted: who sent it, and where its movements and the rest of what it writes go."""

    entry: Entry
    turn: Turn
    posting: Posting
    batch: Batch

    @property
    def closing(self) -> JournalClosing | None:
        """How the journal was closed before this entry came; None: it was not."""
        return self.batch.closing_of(self.entry.terminal, self.entry.epoch)

    def escrow(self, *, member: str, pool: str) -> AccountRef:
        """What this journal holds of `member`'s points."""
        return self.batch.escrow(self.entry, member=member, pool=pool)


def post_entry(entry: Entry, turn: Turn, posting: Posting, batch: Batch | None = None) -> None:
    """Post `entry`, and note in `batch` what it writes besides; without one, that is written at once.

    Raises `CannotPost` or `BooksError`, and the caller takes back what was written.
    """
    here = batch or Batch()
    if batch is None:
        here.prefetch([(turn, entry)], posting.book)
    case, usual = Case(entry, turn, posting, here), _POST[type(entry.body)]
    with by_clock(turn.branch.timezone):
        if case.closing is None:
            usual(case, entry.body)
        else:
            late.post(case, case.closing, usual)
    if batch is None:
        here.write(at=turn.at)


def writes_models(entry: Entry, turn: Turn, batch: Batch) -> bool:
    """Whether posting this may write rows by itself (coupons, clearing), which are taken back where it fails."""
    body = entry.body
    if batch.closing_of(entry.terminal, entry.epoch) is not None:
        return True
    if isinstance(body, entries.GrantTaken) and not batch.knows(entry, body):
        return True
    if isinstance(body, entries.PointsSpent):
        pool = batch.pools(turn.company).get(body.pool)
        return pool is not None and pool.network
    return not isinstance(body, entries.EpochBegun | entries.GrantTaken)


def cause_key(entry: Entry) -> str:
    """The key of an entry's cause: terminal, epoch, sequence."""
    return f"{entry.terminal}/{entry.epoch}/{entry.seq}"


def _post_nothing(case: Case, body: entries.EpochBegun) -> None:
    """A new epoch holds no rights; those of the old one stay where they are."""


def _post_taken(case: Case, body: entries.GrantTaken) -> None:
    if not case.batch.take(check_id(body.grant), case.entry, member=check_id(body.member)):
        unknown_grants.book(case, body)


def _post_spent(case: Case, body: entries.PointsSpent) -> None:
    turn, posting = case.turn, case.posting
    if body.company != turn.company.pk:
        raise CannotPost("the spend names another company than the terminal's")
    pool = _accepted(case, body.pool)
    lots = _lots(case, body.lots, member=body.member)
    if not lots or any(lot.unit != pool.pk for lot, _points in lots):
        raise CannotPost("the spend names no lots, or lots of another pool")
    escrow = case.escrow(member=body.member, pool=pool.pk)
    taken = [(lot.id, count) for lot, count in lots]
    points.spend(posting, pool=pool, lots=taken, debit=escrow)
    prices.check(case.entry, body, turn)
    if pool.network:
        cells = clearing.reward_cells(pool, taken)
        clearing.record(posting, pool=pool, cells=cells, timezone=turn.branch.timezone)
    case.batch.redeem(body, posting, turn)


def _post_registered(case: Case, body: entries.CouponRegistered) -> None:
    coupon = _coupon(body.coupon)
    lot = body.lot
    if coupon.state != Voucher.State.ISSUED or not coupon.is_home(terminal=case.entry.terminal, epoch=case.entry.epoch):
        raise CannotPost("the coupon had no home here")
    if not Grant.objects.filter(pk=coupon.home_grant, member=check_id(lot.member)).exists():
        raise CannotPost("the coupon was granted for another member")
    told = (lot.pool, lot.points, lot.issuer, lot.origin, lot.expires_ms)
    if told != (coupon.pool_id, coupon.points, coupon.company_id, "earned", None):
        raise CannotPost("the lot is not what the coupon gives")
    here = case.escrow(member=lot.member, pool=lot.pool)
    _register(coupon, case, lot=check_id(lot.lot), member=lot.member, to=here)


def _post_noted(case: Case, body: entries.CouponNoted) -> None:
    coupon = _coupon(body.coupon)
    if not Customer.objects.filter(pk=check_id(body.member)).exists():
        raise CannotPost("the coupon was noted for a member who is not known")
    _accepted(case, str(coupon.pool_id))
    happened_at = case.posting.happened_at
    expired = coupon.has_expired(at=happened_at, branch=case.turn.branch)
    free = coupon.state == Voucher.State.ISSUED and not coupon.home_terminal_id
    if not free or expired or not coupon.is_for(body.member, at=happened_at, branch=case.turn.branch):
        _notice_used(coupon, case, expired=expired)
        return
    _register(coupon, case, lot=f"coupon-{coupon.pk}", member=body.member, to=None)


def _post_returned(case: Case, body: entries.RightsReturned) -> None:
    back: set[str] = set()
    for lot, count in _lots(case, body.lots, member=body.member):
        main = accounts.main(member=body.member, pool=lot.unit)
        escrow = case.escrow(member=body.member, pool=lot.unit)
        case.posting.move(Transfer.Kind.RETURNED, escrow, main, count, lot=lot.id)
        back.add(lot.unit)
    for pool in sorted(back):
        points.fill_debts(case.posting, member=body.member, pool=pool)
    if body.coupon is not None:
        coupon = _coupon(body.coupon)
        if not coupon.is_home(terminal=case.entry.terminal, epoch=case.entry.epoch):
            raise CannotPost("the coupon that is returned had no home here")
        coupon.clear_home()
        coupon.save(update_fields=["home_terminal", "home_epoch", "home_grant"])
        settle_wishes(coupon, case.posting)


_POST: dict[type, Callable[[Case, Any], None]] = {
    entries.EpochBegun: _post_nothing,
    entries.GrantTaken: _post_taken,
    entries.PointsSpent: _post_spent,
    entries.CouponRegistered: _post_registered,
    entries.CouponNoted: _post_noted,
    entries.RightsReturned: _post_returned,
    entries.ReceiptSold: receipts.post_sold,
    entries.ReceiptReversed: receipts.post_taken_back,
    entries.ReceiptReturned: receipts.post_right_returned,
}


def _register(coupon: Voucher, case: Case, *, lot: str, member: str, to: AccountRef | None) -> None:
    """End `coupon`: its points become the lot `lot` of `member`, in `to` or the main account."""
    try:
        register_at_terminal(coupon, case.posting, member=member, lot=lot, to=to)
    except VoucherError as error:
        raise CannotPost(f"coupon {coupon.pk} cannot be registered: {error}") from error


def _notice_used(coupon: Voucher, case: Case, *, expired: bool) -> None:
    state = "expired" if expired else "at a terminal" if coupon.home_terminal_id else coupon.state
    key = case.posting.key
    incidents.notice(
        Incident.Kind.NOTED_COUPON,
        key=key,
        terminal=case.turn.terminal.pk,
        detail=f"{key}: coupon {coupon.pk} was noted, but is {state}; nothing was posted",
        at=case.turn.at,
    )
    noted = Noted(
        kind=Conflict.NOTED_COUPON,
        entry=key,
        happened_at=case.posting.happened_at,
        detail=f"coupon {coupon.pk} is {state}",
        points=coupon.points,
        pool=coupon.pool_id,
    )
    note(noted, terminal=case.turn.terminal, at=case.turn.at)


def _lots(case: Case, spends: Sequence[LotSpend], *, member: str) -> list[tuple[LotFacts, int]]:
    found = []
    for spend in spends:
        lot = case.posting.book.lot(check_id(spend.lot))
        if lot is None or lot.member != member:
            raise CannotPost("the entry names a lot that this member does not have")
        found.append((lot, spend.points))
    return found


def _coupon(coupon: str) -> Voucher:
    of_points = Voucher.objects.select_for_update(of=("self",)).filter(pk=check_id(coupon), kind=Voucher.Kind.POINTS)
    known = of_points.first()
    if known is None:
        raise CannotPost("the coupon is not known")
    return known


def _accepted(case: Case, pool: str) -> Pool:
    accepted = case.batch.pools(case.turn.company).get(pool)
    if accepted is None:
        raise CannotPost("the terminal's company does not accept this pool")
    return accepted

"""What an authentic entry does to books, coupons and grants. What it cannot do raises `CannotPost`.

Lots are those that the entry names; none is ever chosen anew here. Every check looks at what the
central system itself has: an entry is the terminal's word for what happened there, and no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.desk.turn import Turn, check_id
from backend_bridge.central.errors import CannotPost
from backend_bridge.central.fleet import incidents
from backend_bridge.central.fleet.models import Grant, Incident
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, awards, books, redemptions
from backend_bridge.central.ledger.models import Account, Lot, Transfer
from backend_bridge.central.organisation.models import accepted_pools
from backend_bridge.central.vouchers.models import PointCoupon
from loyalty import entries
from loyalty.entries import Entry
from loyalty.rights import LotSpend

#: A terminal keeps its journal this long; an entry that claims to be older has a wrong clock.
_OLDEST_MS = 35 * 24 * 3600 * 1000


def post_entry(entry: Entry, turn: Turn) -> None:
    """Post `entry`; raises `CannotPost` or `BooksError`, and the caller takes back what was written."""
    _POST[type(entry.body)](entry, entry.body, turn)


def _post_nothing(entry: Entry, body: entries.EpochBegun, turn: Turn) -> None:
    """A new epoch holds no rights; those of the old one stay where they are."""


def _post_taken(entry: Entry, body: entries.GrantTaken, turn: Turn) -> None:
    taken = Grant.objects.filter(
        pk=check_id(body.grant), terminal=turn.terminal, epoch=entry.epoch, member=check_id(body.member)
    )
    if not taken.update(status=Grant.Status.TAKEN):
        raise CannotPost("this grant was not given to this journal")


def _post_spent(entry: Entry, body: entries.PointsSpent, turn: Turn) -> None:
    if body.company != turn.company.pk:
        raise CannotPost("the spend names another company than the terminal's")
    _check_accepted(turn, body.pool)
    lots = _lots(body.lots, member=body.member)
    if not lots or any(lot.pool_id != body.pool for lot, _points in lots):
        raise CannotPost("the spend names no lots, or lots of another pool")
    _move(
        lots,
        entry,
        turn,
        kind=Transfer.Kind.SPENT,
        to=accounts.redeemed(company=turn.company.pk, pool=body.pool),
    )
    redemptions.record(body, entry=_key(entry), branch=turn.branch.pk, at=_happened(entry, turn))
    meet(customer=body.member, company=turn.company.pk, at=turn.at)


def _post_registered(entry: Entry, body: entries.CouponRegistered, turn: Turn) -> None:
    coupon = _coupon(body.coupon)
    lot = body.lot
    if coupon.state != PointCoupon.State.ISSUED or not coupon.is_home(terminal=turn.terminal.pk, epoch=entry.epoch):
        raise CannotPost("the coupon had no home here")
    if not Grant.objects.filter(pk=coupon.home_grant, member=check_id(lot.member)).exists():
        raise CannotPost("the coupon was granted for another member")
    told = (lot.pool, lot.points, lot.issuer, lot.origin, lot.expires_ms)
    if told != (coupon.pool_id, coupon.points, coupon.company_id, "earned", None):
        raise CannotPost("the lot is not what the coupon gives")
    here = accounts.escrow(member=lot.member, pool=lot.pool, terminal=turn.terminal.pk, epoch=entry.epoch)
    _register(coupon, entry, turn, lot=check_id(lot.lot), member=lot.member, to=here)


def _post_noted(entry: Entry, body: entries.CouponNoted, turn: Turn) -> None:
    coupon = _coupon(body.coupon)
    if not Customer.objects.filter(pk=check_id(body.member)).exists():
        raise CannotPost("the coupon was noted for a member who is not known")
    _check_accepted(turn, coupon.pool_id)
    expired = coupon.has_expired(at=_happened(entry, turn), branch=turn.branch)
    if coupon.state != PointCoupon.State.ISSUED or coupon.home_terminal_id or expired:
        _notice_used(coupon, entry, turn, expired=expired)
        return
    main = accounts.main(member=body.member, pool=coupon.pool_id)
    _register(coupon, entry, turn, lot=f"coupon-{coupon.pk}", member=body.member, to=main)


def _post_returned(entry: Entry, body: entries.RightsReturned, turn: Turn) -> None:
    lots = _lots(body.lots, member=body.member)
    if lots:
        _move(lots, entry, turn, kind=Transfer.Kind.RETURNED, to=None)
    if body.coupon is not None:
        coupon = _coupon(body.coupon)
        if not coupon.is_home(terminal=turn.terminal.pk, epoch=entry.epoch):
            raise CannotPost("the coupon that is returned had no home here")
        coupon.clear_home()
        coupon.save(update_fields=["home_terminal", "home_epoch", "home_grant"])


_POST: dict[type, Callable[[Entry, Any, Turn], None]] = {
    entries.EpochBegun: _post_nothing,
    entries.GrantTaken: _post_taken,
    entries.PointsSpent: _post_spent,
    entries.CouponRegistered: _post_registered,
    entries.CouponNoted: _post_noted,
    entries.RightsReturned: _post_returned,
}


def _move(
    lots: Sequence[tuple[Lot, int]], entry: Entry, turn: Turn, *, kind: Transfer.Kind, to: Account | None
) -> None:
    """Move lots out of this journal's escrow, to `to` or else back to the member's main account."""
    movements = []
    for index, (lot, points) in enumerate(lots):
        owner = {"member": lot.member_id, "pool": lot.pool_id}
        movement = books.Movement(
            key=f"{_key(entry)}/{index}",
            kind=kind,
            debit=accounts.escrow(**owner, terminal=turn.terminal.pk, epoch=entry.epoch),
            credit=to or accounts.main(**owner),
            lot=lot,
            points=points,
            company=turn.company.pk,
        )
        movements.append(movement)
    books.post(movements, at=turn.at, new_id=turn.new_id)


def _register(coupon: PointCoupon, entry: Entry, turn: Turn, *, lot: str, member: str, to: Account) -> None:
    """End `coupon`: its points become the lot `lot` of `member`, in `to`."""
    if Lot.objects.filter(pk=lot).exists():
        raise CannotPost("a lot of this id is there already")
    happened = _happened(entry, turn)
    award = awards.Award(
        lot=lot,
        member=member,
        pool=coupon.pool_id,
        points=coupon.points,
        issuer=coupon.company_id,
        company=turn.company.pk,
        created_at=happened,
    )
    awards.give(award, to=to, key=f"{_key(entry)}/0", kind=Transfer.Kind.COUPON, at=turn.at, new_id=turn.new_id)
    coupon.state, coupon.registered_by_id, coupon.registered_at = PointCoupon.State.REGISTERED, member, happened
    coupon.clear_home()
    coupon.save()
    meet(customer=member, company=turn.company.pk, at=turn.at)


def _notice_used(coupon: PointCoupon, entry: Entry, turn: Turn, *, expired: bool) -> None:
    state = "expired" if expired else "at a terminal" if coupon.home_terminal_id else coupon.state
    incidents.notice(
        Incident.Kind.NOTED_COUPON,
        key=_key(entry),
        terminal=turn.terminal.pk,
        detail=f"{_key(entry)}: coupon {coupon.pk} was noted, but is {state}; nothing was posted",
        at=turn.at,
    )


def _lots(spends: Sequence[LotSpend], *, member: str) -> list[tuple[Lot, int]]:
    known = Lot.objects.in_bulk([check_id(spend.lot) for spend in spends])
    for spend in spends:
        if spend.lot not in known or known[spend.lot].member_id != member:
            raise CannotPost("the entry names a lot that this member does not have")
    return [(known[spend.lot], spend.points) for spend in spends]


def _coupon(coupon: str) -> PointCoupon:
    known = PointCoupon.objects.select_for_update().filter(pk=check_id(coupon)).first()
    if known is None:
        raise CannotPost("the coupon is not known")
    return known


def _check_accepted(turn: Turn, pool: str) -> None:
    if not accepted_pools(turn.company).filter(pk=check_id(pool)).exists():
        raise CannotPost("the terminal's company does not accept this pool")


def _happened(entry: Entry, turn: Turn) -> dt.datetime:
    """When it happened by the terminal's clock, unless that cannot be: then, when it is posted."""
    told_ms = entry.clock.wall_ms + (entry.clock.offset_ms or 0)
    return from_ms(told_ms if turn.now_ms - _OLDEST_MS <= told_ms <= turn.now_ms else turn.now_ms)


def _key(entry: Entry) -> str:
    return f"{entry.terminal}/{entry.epoch}/{entry.seq}"

"""Giving rights away: the books move first, then the grant is written, and only then it may leave."""

from __future__ import annotations

from collections.abc import Sequence

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet.models import Grant as GrantRow
from backend_bridge.central.ledger import accounts, balances, books
from backend_bridge.central.ledger.models import Lot, Transfer
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.vouchers.models import PointCoupon
from backend_bridge.link.outgoing import Outgoing
from loyalty.rights import LotRight
from loyalty.wire import codec
from loyalty.wire.messages import Ask, CouponRight, Grant


def grant_points(ask: Ask, turn: Turn, *, member: str, lots: Sequence[LotRight]) -> GrantRow:
    """Move `lots` from the member's main account to this journal's escrow, and write the grant."""
    message = Grant(
        grant=turn.new_id(),
        request=ask.request,
        terminal=turn.terminal.pk,
        epoch=ask.epoch,
        member=member,
        central_ms=turn.now_ms,
        lots=tuple(lots),
    )
    rows = Lot.objects.in_bulk([right.lot for right in lots])
    movements = [
        books.Movement(
            key=f"grant/{message.grant}/{index}",
            kind=Transfer.Kind.GRANTED,
            debit=accounts.main(member=member, pool=right.pool),
            credit=accounts.escrow(member=member, pool=right.pool, terminal=turn.terminal.pk, epoch=ask.epoch),
            lot=rows[right.lot],
            points=right.points,
            company=turn.company.pk,
        )
        for index, right in enumerate(lots)
    ]
    books.post(movements, at=turn.at, new_id=turn.new_id)
    return _write(message, turn)


def grant_coupon(ask: Ask, turn: Turn, *, member: str, coupon: PointCoupon) -> GrantRow:
    """Make this journal the home of `coupon`, and write the grant."""
    pool = Pool.objects.get(pk=coupon.pool_id)
    total = balances.total(member=member, pool=pool.pk, at=turn.at)
    right = CouponRight(coupon=coupon.pk, pool=pool.pk, points=coupon.points, issuer=coupon.company_id)
    message = Grant(
        grant=turn.new_id(),
        request=ask.request,
        terminal=turn.terminal.pk,
        epoch=ask.epoch,
        member=member,
        central_ms=turn.now_ms,
        coupon=right,
        unlocked=total >= pool.minimum_balance,
    )
    coupon.home_terminal, coupon.home_epoch, coupon.home_grant = turn.terminal, ask.epoch, message.grant
    coupon.save(update_fields=["home_terminal", "home_epoch", "home_grant"])
    return _write(message, turn)


def outgoing(row: GrantRow) -> Outgoing:
    """A grant as it is sent, each time in the same bytes."""
    return Outgoing(row.terminal_id, "down/grant", bytes(row.sealed))


def _write(message: Grant, turn: Turn) -> GrantRow:
    return GrantRow.objects.create(
        id=message.grant,
        request=message.request,
        terminal=turn.terminal,
        epoch=message.epoch,
        member_id=message.member,
        sealed=codec.seal_down(message, turn.key),
        lots={right.lot: right.points for right in message.lots},
        coupon="" if message.coupon is None else message.coupon.coupon,
        made_at=turn.at,
        sent_at=turn.at,
    )

"""Giving rights away: the books move first, then the grant is written, and only then it may leave."""

from __future__ import annotations

from collections.abc import Sequence

from backend_bridge.central.acting import perform
from backend_bridge.central.acting.handler import Nothing
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import BooksError
from backend_bridge.central.fleet import epochs, generations
from backend_bridge.central.fleet.models import Grant as GrantRow
from backend_bridge.central.ledger import accounts, balances
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.link.outgoing import Outgoing
from loyalty.acts.points import RightsGranted
from loyalty.rights import LotRight, LotSpend
from loyalty.wire import codec
from loyalty.wire.messages import Ask, CouponRight, Grant

#: As many lots as one message to a terminal surely holds: a larger one is never read, and its lots would be stuck.
MOST_LOTS = 1000


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
        generation=generations.current(),
    )
    _perform(message, turn)
    return _write(message, turn)


def grant_coupon(ask: Ask, turn: Turn, *, member: str, coupon: Voucher) -> GrantRow:
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
        generation=generations.current(),
    )
    _perform(message, turn)
    return _write(message, turn)


def post_granted(act: RightsGranted, posting: Posting) -> Nothing:
    """Move what a grant gives from the member's main account to the journal's escrow, or give a coupon a home.

    Raises `BooksError`, also where the journal was closed meanwhile.
    """
    if epochs.is_closed(act.terminal, epoch=act.epoch):
        raise BooksError(f"the journal {act.terminal}/{act.epoch} is closed")
    for part in act.lots:
        pool = posting.lot(part.lot).unit
        main = accounts.main(member=act.member, pool=pool)
        there = accounts.escrow(member=act.member, pool=pool, terminal=act.terminal, epoch=act.epoch)
        posting.move(Transfer.Kind.GRANTED, main, there, part.points, lot=part.lot)
    if act.coupon is not None:
        free = Voucher.objects.filter(pk=act.coupon, home_terminal=None)
        if not free.update(home_terminal=act.terminal, home_epoch=act.epoch, home_grant=act.grant):
            raise BooksError(f"coupon {act.coupon} has another home")
    return Nothing()


def outgoing(row: GrantRow) -> Outgoing:
    """A grant as it is sent, each time in the same bytes."""
    return Outgoing(row.terminal_id, "down/grant", bytes(row.sealed))


def _perform(message: Grant, turn: Turn) -> None:
    act = RightsGranted(
        grant=message.grant,
        terminal=message.terminal,
        epoch=message.epoch,
        member=message.member,
        lots=tuple(LotSpend(right.lot, right.points) for right in message.lots),
        coupon=None if message.coupon is None else message.coupon.coupon,
    )
    by = f"terminal:{turn.terminal.pk}"
    perform(act, key=f"grant/{message.grant}", company=turn.company.pk, by=by, at=turn.at)


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
        generation=message.generation,
    )

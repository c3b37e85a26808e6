"""Whether what a terminal asks for may be given. Reads only; what may not be given raises `RefuseAsk`."""

from __future__ import annotations

import re
from typing import TypedDict

import msgspec

from backend_bridge.central.customers.models import Card
from backend_bridge.central.desk.granting import MOST_LOTS
from backend_bridge.central.desk.rules import trust_rules
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.errors import RefuseAsk
from backend_bridge.central.fleet import epochs
from backend_bridge.central.instants import ms_or_none
from backend_bridge.central.ledger import balances
from backend_bridge.central.ledger.balances import Escrowed
from backend_bridge.central.organisation.models import Pool, accepted_pools
from backend_bridge.central.vouchers.models import Voucher
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotRight, choose_lots, held_points
from loyalty.rules import TrustRule
from loyalty.wire.messages import CouponWanted, PointsWanted

_COUPON_ID = re.compile(r"[0-9a-f]{16}")


class About(TypedDict):
    """Whose points of which pool are judged, and when."""

    member: str
    pool: str
    at_ms: int


class Shortfall(msgspec.Struct, frozen=True):
    """The main account has `available` points of `pool`: too little. `holders` have what is missing."""

    pool: str
    available: int
    missing: int
    holders: tuple[Escrowed, ...]


def usable_card(token: str, *, member: str | None = None) -> Card:
    """The active card of this token, and of this `member` where one is named."""
    card = Card.objects.filter(pk=token).first()
    if card is None or (member is not None and card.customer_id != member):
        raise RefuseAsk("card_unknown")
    if card.status != Card.Status.ACTIVE:
        raise RefuseAsk("card_blocked", at_ms=ms_or_none(card.blocked_at))
    return card


def judge_points(want: PointsWanted, turn: Turn) -> tuple[LotRight, ...] | Shortfall:
    """The lots that pay what is wanted, out of the main account, or what has to be recalled first."""
    card = usable_card(want.card, member=want.member)
    pool = _accepted(turn, want.pool)
    if balances.total(member=want.member, pool=pool.pk, at=turn.at) < pool.minimum_balance:
        raise RefuseAsk("below_minimum", points=pool.minimum_balance)
    nothing = TrustRule(spend_online=False, spend_offline=False)
    if not trust_rules(turn.company).get(card.trust, nothing).spend_online:
        raise RefuseAsk("trust_too_low")
    rights = balances.main_rights(member=want.member, pool=pool.pk, at=turn.at)
    about = About(member=want.member, pool=pool.pk, at_ms=turn.now_ms)
    try:
        chosen = choose_lots(rights, points=want.points, **about)
    except NotEnoughRights:
        return _shortfall(want, turn, available=held_points(rights, **about))
    if len(chosen) > MOST_LOTS:
        raise RefuseAsk("not_enough_points", points=sum(spend.points for spend in chosen[:MOST_LOTS]))
    by_lot = {one.lot: one for one in rights}
    return tuple(msgspec.structs.replace(by_lot[spend.lot], points=spend.points) for spend in chosen)


def judge_coupon(want: CouponWanted, turn: Turn) -> Voucher:
    """The free point coupon that is wanted."""
    usable_card(want.card, member=want.member)
    coupon = _coupon(want.coupon)
    if coupon.state == Voucher.State.REGISTERED:
        raise RefuseAsk("coupon_used", at_ms=ms_or_none(coupon.registered_at))
    if coupon.state == Voucher.State.CANCELLED:
        raise RefuseAsk("coupon_cancelled", at_ms=ms_or_none(coupon.ended_at))
    if coupon.state == Voucher.State.EXPIRED or coupon.has_expired(at=turn.at, branch=turn.branch):
        raise RefuseAsk("coupon_expired")
    _accepted(turn, str(coupon.pool_id))
    if coupon.home_terminal_id is not None or not coupon.is_for(want.member, at=turn.at, branch=turn.branch):
        # Also when this terminal is its home: what it holds, it does not have to ask for.
        raise RefuseAsk("coupon_elsewhere")
    return coupon


def _accepted(turn: Turn, pool: str) -> Pool:
    accepted = accepted_pools(turn.company).filter(pk=pool).first()
    if accepted is None:
        raise RefuseAsk("pool_not_accepted")
    return accepted


def _coupon(coupon: str) -> Voucher:
    known = None
    if _COUPON_ID.fullmatch(coupon):
        of_points = Voucher.objects.filter(pk=coupon, kind=Voucher.Kind.POINTS).exclude(state=Voucher.State.DRAFT)
        known = of_points.select_for_update(of=("self",)).first()
    if known is None:
        raise RefuseAsk("coupon_unknown")
    return known


def _can_return(held: Escrowed) -> bool:
    return epochs.may_hold(held.terminal, epoch=held.epoch)


def _shortfall(want: PointsWanted, turn: Turn, *, available: int) -> Shortfall:
    """What other terminals hold can be called back, unless its journal has ended or forked: then it is frozen."""
    here = turn.terminal.pk
    holders = tuple(
        held
        for held in balances.escrows(member=want.member, pool=want.pool, at=turn.at)
        if held.terminal != here and _can_return(held)
    )
    reachable = available + sum(held.points for held in holders)
    if reachable < want.points:
        raise RefuseAsk("not_enough_points", points=reachable)
    return Shortfall(pool=want.pool, available=available, missing=want.points - available, holders=holders)

"""What a terminal may spend by itself: the rights it holds, and how entries change them.

The one mechanism of redeeming: a redemption is always a spend of rights held here. These functions
decide what is held, what can be spent, and which lots a spend takes. They keep nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from loyalty.errors import NotEnoughRights

#: Where a lot's points come from (design, "Lots"). Earned and purchased are never mixed.
ORIGINS = ("earned", "purchased", "goodwill")


class LotRight(msgspec.Struct, frozen=True, kw_only=True):
    """`points` of one named lot that this terminal may spend for `member`.

    `issuer` is the company that gave the lot; `expires_ms` is the instant (Unix, milliseconds)
    from which it can no longer be spent, or None.
    """

    lot: str
    member: str
    pool: str
    points: int
    issuer: str
    origin: str = "earned"
    expires_ms: int | None = None
    created_ms: int = 0


class LotSpend(msgspec.Struct, frozen=True):
    """`points` taken from the lot named `lot`."""

    lot: str
    points: int


def held_points(rights: Iterable[LotRight], *, member: str, pool: str, at_ms: int) -> int:
    """The points of `pool` that are held for `member` and not expired at `at_ms`."""
    return sum(right.points for right in _live(rights, member, pool, at_ms))


def choose_lots(rights: Iterable[LotRight], *, member: str, pool: str, points: int, at_ms: int) -> tuple[LotSpend, ...]:
    """Which lots pay `points`: the earliest expiry first, then the oldest, ties by the lower id.

    Raises `NotEnoughRights` when less is held; nothing is ever spent in part.
    """
    if points <= 0:
        raise NotEnoughRights(f"a spend is at least one point, not {points}")
    chosen = []
    missing = points
    for right in sorted(_live(rights, member, pool, at_ms), key=_spending_order):
        take = min(missing, right.points)
        chosen.append(LotSpend(right.lot, take))
        missing -= take
        if not missing:
            return tuple(chosen)
    raise NotEnoughRights(f"{points} points are wanted, {missing} of them are not held here")


def add(rights: Iterable[LotRight], added: Iterable[LotRight]) -> tuple[LotRight, ...]:
    """The rights after `added` came in; points of a lot that is held already are added to it."""
    by_lot = {right.lot: right for right in rights}
    for right in added:
        if right.points <= 0:
            raise NotEnoughRights(f"a right is at least one point; lot {right.lot} came with {right.points}")
        before = by_lot.get(right.lot)
        if before is not None:
            if (before.member, before.pool) != (right.member, right.pool):
                raise NotEnoughRights(f"lot {right.lot} belongs to another member or pool")
            by_lot[right.lot] = msgspec.structs.replace(before, points=before.points + right.points)
        else:
            by_lot[right.lot] = right
    return tuple(by_lot.values())


def take(rights: Iterable[LotRight], taken: Iterable[LotSpend], *, member: str) -> tuple[LotRight, ...]:
    """The rights after `taken` was spent or returned; raises `NotEnoughRights` for what is not held."""
    by_lot = {right.lot: right for right in rights}
    for spend in taken:
        right = by_lot.get(spend.lot)
        if right is None or right.member != member:
            raise NotEnoughRights(f"lot {spend.lot} is not held here for this member")
        if not 0 < spend.points <= right.points:
            raise NotEnoughRights(f"{spend.points} points of lot {spend.lot} are wanted, {right.points} are held")
        left = right.points - spend.points
        if left:
            by_lot[spend.lot] = msgspec.structs.replace(right, points=left)
        else:
            del by_lot[spend.lot]
    return tuple(by_lot.values())


def _live(rights: Iterable[LotRight], member: str, pool: str, at_ms: int) -> list[LotRight]:
    return [
        right
        for right in rights
        if right.member == member and right.pool == pool and (right.expires_ms is None or at_ms < right.expires_ms)
    ]


def _spending_order(right: LotRight) -> tuple[bool, int, int, str]:
    return (right.expires_ms is None, right.expires_ms or 0, right.created_ms, right.lot)

"""Rights: which lots pay, and that what is held never falls below zero."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty import rights
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotRight, LotSpend
from tests.unit.loyalty.samples import MEMBER, POOL, lot

NOW_MS = 1_000

_lots = st.lists(
    st.builds(
        lot,
        st.sampled_from([f"lot-{number}" for number in range(6)]),
        st.integers(1, 50),
        member=st.sampled_from([MEMBER, "m-bert"]),
        pool=st.sampled_from([POOL, "town"]),
        expires_ms=st.none() | st.integers(NOW_MS - 3, NOW_MS + 3),
        created_ms=st.integers(0, 3),
    ),
    max_size=6,
    unique_by=lambda right: right.lot,
).map(tuple)


def choose(held: tuple[LotRight, ...], points: int) -> tuple[LotSpend, ...]:
    return rights.choose_lots(held, member=MEMBER, pool=POOL, points=points, at_ms=NOW_MS)


def held_by_anna(held: tuple[LotRight, ...], at_ms: int = NOW_MS) -> int:
    return rights.held_points(held, member=MEMBER, pool=POOL, at_ms=at_ms)


def test_the_earliest_expiry_pays_first_then_the_oldest_then_the_lower_id() -> None:
    held = (
        lot("never", 10, created_ms=0),
        lot("late", 10, expires_ms=9_000, created_ms=0),
        lot("soon-b", 10, expires_ms=2_000, created_ms=5),
        lot("soon-a", 10, expires_ms=2_000, created_ms=5),
        lot("soon-old", 10, expires_ms=2_000, created_ms=4),
    )
    assert [spend.lot for spend in choose(held, 50)] == ["soon-old", "soon-a", "soon-b", "late", "never"]


def test_the_last_lot_pays_only_what_is_missing() -> None:
    held = (lot("a", 10, expires_ms=2_000), lot("b", 10))
    assert choose(held, 13) == (LotSpend("a", 10), LotSpend("b", 3))


def test_a_lot_is_gone_at_the_very_instant_of_its_expiry() -> None:
    held = (lot("a", 10, expires_ms=NOW_MS),)
    assert held_by_anna(held, NOW_MS - 1) == 10
    assert held_by_anna(held) == 0
    with pytest.raises(NotEnoughRights):
        choose(held, 1)


@settings(max_examples=60, deadline=None)
@given(held=_lots, points=st.integers(-2, 120))
def test_a_spend_is_exact_and_only_of_live_lots_of_that_member_and_pool(
    held: tuple[LotRight, ...], points: int
) -> None:
    available = held_by_anna(held)
    if not 0 < points <= available:
        with pytest.raises(NotEnoughRights):
            choose(held, points)
        return
    spends = choose(held, points)
    by_lot = {right.lot: right for right in held}
    assert sum(spend.points for spend in spends) == points
    for spend in spends:
        right = by_lot[spend.lot]
        assert (right.member, right.pool) == (MEMBER, POOL)
        assert right.expires_ms is None or right.expires_ms > NOW_MS
        assert 0 < spend.points <= right.points
    left = rights.take(held, spends, member=MEMBER)
    assert held_by_anna(left) == available - points
    assert all(right.points > 0 for right in left)


@settings(max_examples=60, deadline=None)
@given(held=_lots, points=st.integers(1, 50))
def test_putting_back_what_was_taken_restores_the_rights(held: tuple[LotRight, ...], points: int) -> None:
    available = held_by_anna(held)
    if points > available:
        return
    spends = choose(held, points)
    by_lot = {right.lot: right for right in held}
    again = tuple(
        lot(
            spend.lot,
            spend.points,
            expires_ms=by_lot[spend.lot].expires_ms,
            created_ms=by_lot[spend.lot].created_ms,
        )
        for spend in spends
    )
    restored = rights.add(rights.take(held, spends, member=MEMBER), again)
    assert sorted(restored, key=lambda right: right.lot) == sorted(held, key=lambda right: right.lot)


@pytest.mark.parametrize(
    "taken",
    [
        (LotSpend("a", 11),),
        (LotSpend("a", 0),),
        (LotSpend("a", -1),),
        (LotSpend("b", 1),),
        (LotSpend("a", 6), LotSpend("a", 6)),
    ],
    ids=["too many", "none", "fewer than none", "not held", "twice the same lot"],
)
def test_what_is_not_held_cannot_be_taken(taken: tuple[LotSpend, ...]) -> None:
    with pytest.raises(NotEnoughRights):
        rights.take((lot("a", 10),), taken, member=MEMBER)


def test_nobody_spends_the_lot_of_another_member() -> None:
    with pytest.raises(NotEnoughRights):
        rights.take((lot("a", 10),), (LotSpend("a", 1),), member="m-bert")


def test_more_points_of_a_held_lot_add_up() -> None:
    assert rights.add((lot("a", 10, expires_ms=5),), (lot("a", 7, expires_ms=5),)) == (lot("a", 17, expires_ms=5),)


@pytest.mark.parametrize("wrong", [lot("a", 5, member="m-bert"), lot("a", 5, pool="town"), lot("b", 0), lot("b", -3)])
def test_a_grant_that_cannot_be_right_is_refused(wrong: LotRight) -> None:
    with pytest.raises(NotEnoughRights):
        rights.add((lot("a", 10),), (wrong,))

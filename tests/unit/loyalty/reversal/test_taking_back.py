"""The three policies for points that are spent already."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.reversal.errors import MalformedReversal, PointsSpent
from loyalty.reversal.taking_back import CustomerPoints, SpentPolicy, TakenBack, take_back
from loyalty.rights import LotRight, LotSpend

NOW = 1_000


def lot(name: str, points: int, **more: object) -> LotRight:
    """A lot of the customer's."""
    return LotRight(lot=name, member="m", pool="p", points=points, issuer="bakery", **more)  # type: ignore[arg-type]


def taken(points: int, customer: CustomerPoints, policy: SpentPolicy = SpentPolicy.ABSORB) -> TakenBack:
    """What is taken back of the award that was given as the lot `own`."""
    return take_back(points, own_lots=["own"], customer=customer, policy=policy, at_ms=NOW)


MIXED = CustomerPoints(
    main=(
        lot("never", 10),
        lot("late", 10, expires_ms=9_000),
        lot("soon", 10, expires_ms=2_000),
        lot("over", 10, expires_ms=NOW),
        lot("bought", 10, origin="purchased"),
        lot("own", 10, expires_ms=8_000),
    )
)


def test_its_own_lot_goes_first_then_others_in_spending_order_and_never_purchased_ones() -> None:
    done = taken(45, MIXED)
    assert done.taken == (LotSpend("own", 10), LotSpend("soon", 10), LotSpend("late", 10), LotSpend("never", 10))
    assert (done.debt, done.forgiven) == (5, 0)


def test_absorb_takes_the_balance_below_zero() -> None:
    assert taken(30, CustomerPoints()) == TakenBack(taken=(), expired=0, debt=30, forgiven=0)


def test_within_balance_takes_what_there_is_and_forgives_the_rest() -> None:
    customer = CustomerPoints(main=(lot("own", 5),), escrow=(lot("x", 7), lot("b", 90, origin="purchased")))
    done = taken(30, customer, SpentPolicy.WITHIN_BALANCE)
    assert done == TakenBack(taken=(LotSpend("own", 5),), expired=0, debt=7, forgiven=18)


def test_within_balance_counts_an_older_debt() -> None:
    customer = CustomerPoints(escrow=(lot("own", 20),), debt=15)
    assert taken(30, customer, SpentPolicy.WITHIN_BALANCE) == TakenBack(taken=(), expired=0, debt=5, forgiven=25)
    in_debt = CustomerPoints(debt=15)
    assert taken(30, in_debt, SpentPolicy.WITHIN_BALANCE) == TakenBack(taken=(), expired=0, debt=0, forgiven=30)


def test_refuse_refuses_unless_the_whole_balance_covers_it() -> None:
    customer = CustomerPoints(main=(lot("own", 5),), escrow=(lot("x", 7),))
    done = taken(12, customer, SpentPolicy.REFUSE)
    assert (done.taken, done.debt) == ((LotSpend("own", 5),), 7)
    assert taken(0, CustomerPoints(debt=5), SpentPolicy.REFUSE).debt == 0
    with pytest.raises(PointsSpent) as refused:
        taken(13, customer, SpentPolicy.REFUSE)
    assert refused.value.field == "points"


@pytest.mark.parametrize("policy", SpentPolicy)
def test_an_award_that_expired_unspent_is_not_taken_from_other_points(policy: SpentPolicy) -> None:
    customer = CustomerPoints(main=(lot("x", 100),), expired=30)
    assert taken(30, customer, policy) == TakenBack(taken=(), expired=30, debt=0, forgiven=0)


def test_lots_of_several_customers_are_refused() -> None:
    other = LotRight(lot="y", member="n", pool="p", points=1, issuer="bakery")
    with pytest.raises(MalformedReversal, match="customer"):
        taken(1, CustomerPoints(main=(lot("x", 1), other)))
    with pytest.raises(MalformedReversal, match="points"):
        taken(-1, CustomerPoints())


LOTS = st.lists(
    st.builds(
        lot,
        st.sampled_from(["own", "a", "b", "c"]),
        st.integers(1, 50),
        origin=st.sampled_from(["earned", "goodwill", "purchased"]),
        expires_ms=st.sampled_from([None, 500, 2_000, 3_000]),
        created_ms=st.integers(0, 3),
    ),
    max_size=4,
    unique_by=lambda one: one.lot,
).map(tuple)
CUSTOMERS = st.builds(
    CustomerPoints, main=LOTS, escrow=LOTS, debt=st.integers(0, 60), expired=st.sampled_from([0, 0, 5, 100])
)


@given(st.integers(0, 200), CUSTOMERS, st.sampled_from(SpentPolicy))
def test_every_point_is_accounted_for_and_nothing_is_taken_twice(
    points: int, customer: CustomerPoints, policy: SpentPolicy
) -> None:
    try:
        done = taken(points, customer, policy)
    except PointsSpent:
        done = taken(points, customer, SpentPolicy.WITHIN_BALANCE)
        assert policy is SpentPolicy.REFUSE
        assert done.forgiven > 0
    held = {right.lot: right for right in customer.main}
    assert points == done.expired + sum(spend.points for spend in done.taken) + done.debt + done.forgiven
    assert min(done.expired, done.debt, done.forgiven) >= 0
    assert len({spend.lot for spend in done.taken}) == len(done.taken)
    for spend in done.taken:
        assert 0 < spend.points <= held[spend.lot].points
        assert spend.lot == "own" or held[spend.lot].origin != "purchased"
    if policy is not SpentPolicy.ABSORB:
        at_terminals = sum(right.points for right in customer.escrow)
        assert done.debt <= at_terminals
    else:
        assert done.forgiven == 0

"""A sale from held rights, and taking it back in any parts: nothing is made, nothing is lost (V19, X1; ADR 0021)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loyalty import rights as held_rights
from loyalty.benefits import PointsPerTurnover
from loyalty.campaigns.campaign import Campaign
from loyalty.entries import ReceiptSold
from loyalty.evaluation.case import CardTender, CashTender, PointsTender, PoolTerms, RuleSet
from loyalty.evaluation.rules import compile_rules
from loyalty.receipts.receipt import Branch, Customer, Line, Receipt
from loyalty.reversal.errors import ReversalError
from loyalty.reversal.request import ReversalRequest, ReverseLine
from loyalty.reversal.result import Reversal
from loyalty.rights import LotRight
from loyalty.selling import (
    BranchRules,
    NotAsJudged,
    Purse,
    check,
    check_gifts,
    entry_of,
    paid_lots,
    points_back,
    sale_of,
    take_back_sale,
)

NOW_MS, DAY_MS = 1_772_445_600_000, 86_400_000
MEMBER, POOL, NAME = "anna", "bread-points", "t-1.1.7"


def rules(*campaigns: Campaign) -> BranchRules:
    """A bakery in euros with one pool."""
    branch = Branch(branch="north", company="bakery", currency="EUR", timezone="Europe/Amsterdam", country="NL")
    ruleset = RuleSet(branch=branch, pools=(PoolTerms(pool=POOL, currency="EUR"),), campaigns=campaigns)
    return BranchRules(ruleset, compile_rules(ruleset))


BREAD = Campaign(
    campaign="bread", company="bakery", benefit=PointsPerTurnover(pool=POOL, rate=500), article_groups=("bread",)
)
ALL = Campaign(campaign="all", company="bakery", benefit=PointsPerTurnover(pool=POOL, rate=130))

lines = st.lists(
    st.tuples(st.integers(1, 5_000), st.sampled_from(["bread", "drinks"]), st.integers(1, 4)), min_size=1, max_size=5
).map(
    lambda found: tuple(
        Line(line=number, article=f"a-{number}", group=group, gross_minor=minor, quantity=pieces, vat_rate_bp=900)
        for number, (minor, group, pieces) in enumerate(found, 1)
    )
)
held = st.lists(st.tuples(st.integers(1, 900), st.one_of(st.none(), st.integers(1, 5))), max_size=4).map(
    lambda found: tuple(
        LotRight(
            lot=f"lot-{number}",
            member=MEMBER,
            pool=POOL,
            points=points,
            issuer="bar" if number % 2 else "bakery",
            expires_ms=None if days is None else NOW_MS + days * DAY_MS,
            created_ms=NOW_MS - number,
        )
        for number, (points, days) in enumerate(found)
    )
)
campaigns = st.sampled_from([(), (BREAD,), (ALL,), (BREAD, ALL)])


def sell(sold: tuple[Line, ...], rights: tuple[LotRight, ...], *judged: Campaign, points: int | None) -> ReceiptSold:
    """A sale that is paid with points first, and then in cash."""
    tenders = (CashTender(),) if points is None else (PointsTender(pool=POOL, points=points or None), CashTender())
    purse = Purse(pool=POOL, total=sum(one.points for one in rights), rights=rights, unlocked=True)
    sale = sale_of(
        Receipt(receipt=NAME, lines=sold),
        at_ms=NOW_MS,
        customer=Customer(customer=MEMBER),
        purses=(purse,),
        tenders=tenders,
    )
    return entry_of(sale, rules(*judged), name=NAME)


def after(body: ReceiptSold, rights: tuple[LotRight, ...]) -> tuple[LotRight, ...]:
    """What is held when the sale is recorded."""
    return held_rights.add(held_rights.take(rights, paid_lots(body.sold), member=MEMBER), body.lots)


def total(rights: tuple[LotRight, ...]) -> int:
    """All points."""
    return sum(one.points for one in rights)


@given(lines, held, campaigns, st.one_of(st.none(), st.integers(0, 2_000)))
def test_a_sale_takes_only_what_is_held_and_comes_to_the_same_again(
    sold: tuple[Line, ...], rights: tuple[LotRight, ...], judged: tuple[Campaign, ...], points: int | None
) -> None:
    body = sell(sold, rights, *judged, points=points)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(body), type=ReceiptSold)
    check(again, rules(*judged), name=NAME)
    spent = sum(one.points for one in paid_lots(body.sold))
    assert total(after(body, rights)) == total(rights) - spent + sum(lot.points for lot in body.lots)
    assert [lot.points for lot in body.lots] == [one.points for one in body.sold.evaluation.awards]
    assert len({lot.lot for lot in body.lots}) == len(body.lots)


@given(lines, held, campaigns, st.integers(0, 2_000), st.data())
def test_v19_in_whatever_parts_it_is_taken_back_all_is_as_before(
    sold: tuple[Line, ...],
    rights: tuple[LotRight, ...],
    judged: tuple[Campaign, ...],
    points: int,
    data: st.DataObject,
) -> None:
    body = sell(sold, rights, *judged, points=points)
    here, owed, done = after(body, rights), 0, list[Reversal]()
    for _ in range(6):
        if done and done[-1].complete:
            break
        wanted = data.draw(_request(sold)) if len(done) < 5 else ReversalRequest()
        try:
            back = take_back_sale(body, done, wanted, held=here, at_ms=NOW_MS)
        except ReversalError:
            continue
        here = held_rights.add(here, back.lots)
        for gift in back.gifts:
            here = held_rights.take(here, gift.taken, member=MEMBER)
            owed += gift.debt
        check_gifts(back.gifts, back.reversal, body)
        assert points_back(body.sale, back.reversal) == back.lots
        done.append(back.reversal)
    assume(done and done[-1].complete)
    assert total(here) - owed == total(rights)
    assert owed == 0
    assert {one.lot: one.points for one in here} == {one.lot: one.points for one in rights}


@given(lines, held)
def test_v19_an_award_that_was_spent_is_owed_to_the_point(sold: tuple[Line, ...], rights: tuple[LotRight, ...]) -> None:
    body = sell(sold, (), ALL, points=None)
    gone = sum(lot.points for lot in body.lots)
    back = take_back_sale(body, (), ReversalRequest(), held=rights, at_ms=NOW_MS)
    taken = sum(part.points for gift in back.gifts for part in gift.taken)
    assert taken + sum(gift.debt for gift in back.gifts) == gone
    assert taken == min(gone, total(rights))


@pytest.mark.parametrize("field", ["day", "lots", "sold"])
def test_what_does_not_follow_is_told(field: str) -> None:
    body = sell((Line(line=1, article="a", group="bread", gross_minor=1000),), (), BREAD, points=None)
    other = sell((Line(line=1, article="a", group="bread", gross_minor=2000),), (), BREAD, points=None)
    lie = {"day": body.day.replace(year=2020), "lots": other.lots, "sold": other.sold}[field]
    with pytest.raises(NotAsJudged):
        check(msgspec.structs.replace(body, **{field: lie}), rules(BREAD), name=NAME)
    with pytest.raises(NotAsJudged):
        check(body, rules(BREAD), name="t-1.1.8")
    with pytest.raises(NotAsJudged):
        check(body, rules(ALL), name=NAME)


def test_gifts_that_take_back_less_are_told() -> None:
    body = sell((Line(line=1, article="a", group="bread", gross_minor=1000),), (), BREAD, points=None)
    back = take_back_sale(body, (), ReversalRequest(), held=body.lots, at_ms=NOW_MS)
    check_gifts(back.gifts, back.reversal, body)
    for lie in ((), (msgspec.structs.replace(back.gifts[0], forgiven=1),)):
        with pytest.raises(NotAsJudged):
            check_gifts(lie, back.reversal, body)


def test_by_card_it_is_the_same() -> None:
    sale = sale_of(
        Receipt(receipt=NAME, lines=(Line(line=1, article="a", group="bread", gross_minor=999),)),
        at_ms=NOW_MS,
        tenders=(CardTender(),),
    )
    body = entry_of(sale, rules(BREAD), name=NAME)
    assert (body.lots, body.sold.evaluation.open_minor) == ((), 0)


def _request(sold: tuple[Line, ...]) -> st.SearchStrategy[ReversalRequest]:
    one = st.sampled_from(sold).flatmap(
        lambda line: st.one_of(
            st.just(ReverseLine(line=line.line)),
            st.integers(1, line.quantity).map(lambda pieces: ReverseLine(line=line.line, quantity=pieces)),
            st.integers(1, line.gross_minor).map(lambda minor: ReverseLine(line=line.line, gross_minor=minor)),
        )
    )
    return one.map(lambda part: ReversalRequest(lines=(part,)))

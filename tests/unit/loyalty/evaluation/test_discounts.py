"""Discounts: what each takes off, which of them together, and why not the others."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.benefits import (
    AmountOff,
    FreeGoods,
    FreeService,
    PastOff,
    PercentOff,
    PointsPerTurnover,
    VoucherValue,
)
from loyalty.receipts.receipt import LineKind
from tests.unit.loyalty.evaluation.shop import POOL, campaign, evaluated, line, reasons, taken, voucher

TEN = PercentOff(rate_bp=1000)


def test_c4_v14_a_percentage_is_taken_of_the_covered_lines_only() -> None:
    evaluation = evaluated(
        line(1, 345), line(2, 1000, "drinks"), campaigns=(campaign("bread", TEN, article_groups=("bread",)),)
    )
    assert [one.discount_minor for one in evaluation.lines] == [35, 0]


def test_c4_percentages_add_up_and_never_take_more_than_everything() -> None:
    ten, twenty = campaign("ten", TEN), campaign("twenty", PercentOff(rate_bp=2000))
    assert evaluated(line(1, 1000), campaigns=(ten, twenty)).discount_minor == 300
    most = campaign("most", PercentOff(rate_bp=9000))
    assert evaluated(line(1, 999), line(2, 1), campaigns=(ten, twenty, most)).due_minor == 0


def test_c4_an_amount_is_allocated_to_lines_and_stops_at_nothing() -> None:
    off = voucher("off", AmountOff(amount_minor=100))
    assert [one.discount_minor for one in evaluated(*(line(one, 500) for one in (1, 2, 3)), vouchers=(off,)).lines] == [
        34,
        33,
        33,
    ]
    assert evaluated(line(1, 60), vouchers=(off,)).due_minor == 0


def test_v3_c4_the_dearest_piece_is_free_and_three_thirds_are_the_whole() -> None:
    evaluation = evaluated(line(1, 400, quantity=2), line(2, 250), vouchers=(voucher("one", FreeGoods()),))
    assert [one.discount_minor for one in evaluation.lines] == [0, 250]
    thirds = [
        evaluated(line(1, 1000, quantity=3), vouchers=(voucher("n", FreeGoods(pieces=n)),)).discount_minor
        for n in (1, 2, 3, 4)
    ]
    assert thirds == [334, 667, 1000, 1000]


def test_v4_a_service_voucher_is_for_services_and_a_goods_voucher_for_goods() -> None:
    lines = (line(1, 900), line(2, 500, kind=LineKind.SERVICE))
    evaluation = evaluated(*lines, vouchers=(voucher("massage", FreeService()), voucher("loaf", FreeGoods())))
    assert taken(evaluation) == {"massage": 500, "loaf": 900}


def test_v5_a_discount_on_the_past_is_used_later_and_never_on_its_own_receipt() -> None:
    past = PastOff(rate_bp=500, turnover_minor=12_345, receipts=("r-0", "r-00"))
    assert taken(evaluated(vouchers=(voucher("thanks", past),))) == {"thanks": 617}
    own = PastOff(rate_bp=500, turnover_minor=12_345, receipts=("r-1",))
    assert reasons(evaluated(vouchers=(voucher("thanks", own),))) == {"thanks": "own_receipt"}


def test_of_one_exclusive_group_the_one_that_gives_most_counts_and_ties_go_to_the_lower_id() -> None:
    group = {"exclusive_group": "june"}
    amount = AmountOff(amount_minor=100)
    evaluation = evaluated(campaigns=(campaign("b", TEN, **group), campaign("a", amount, **group)))
    assert (taken(evaluation), reasons(evaluation)) == ({"a": 100}, {"b": "outdone"})
    evaluation = evaluated(campaigns=(campaign("a", TEN, **group), campaign("b", amount, **group)))
    assert (taken(evaluation), reasons(evaluation)) == ({"a": 100}, {"b": "outdone"})
    more = AmountOff(amount_minor=101)
    assert taken(evaluated(campaigns=(campaign("a", TEN, **group), campaign("b", more, **group)))) == {"b": 101}


def test_a_group_of_discounts_and_awards_is_decided_by_what_each_gives_alone() -> None:
    group = {"exclusive_group": "june"}
    points = campaign("points", PointsPerTurnover(pool=POOL, rate=1100), **group)
    evaluation = evaluated(campaigns=(campaign("off", TEN, **group), points))
    assert (taken(evaluation), [one.points for one in evaluation.awards]) == ({}, [110])
    assert reasons(evaluation) == {"off": "outdone"}
    evaluation = evaluated(campaigns=(campaign("off", PercentOff(rate_bp=1200), **group), points))
    assert (taken(evaluation), evaluation.awards, reasons(evaluation)) == ({"off": 120}, (), {"points": "outdone"})


def test_what_is_not_combinable_stands_alone_where_that_is_better_for_the_customer() -> None:
    alone = voucher("alone", PercentOff(rate_bp=2500, combinable=False))
    both = (campaign("ten", TEN), campaign("one", AmountOff(amount_minor=100)))
    evaluation = evaluated(campaigns=both, vouchers=(alone,))
    assert (taken(evaluation), reasons(evaluation)) == (
        {"alone": 250},
        {"ten": "not_combinable", "one": "not_combinable"},
    )
    more = campaign("more", AmountOff(amount_minor=60))
    evaluation = evaluated(campaigns=(*both, more), vouchers=(alone,))
    assert (evaluation.discount_minor, reasons(evaluation)) == (260, {"alone": "not_combinable"})


def test_a_coupon_that_would_take_nothing_more_off_is_kept_for_later() -> None:
    fives = tuple(voucher(f"five-{one}", AmountOff(amount_minor=500)) for one in (2, 1, 3))
    evaluation = evaluated(line(1, 900), vouchers=fives)
    assert taken(evaluation) == {"five-1": 500, "five-2": 400}
    assert reasons(evaluation) == {"five-3": "nothing_left"}
    # One large coupon is better than two small ones that do the same.
    large = voucher("large", AmountOff(amount_minor=900))
    assert taken(evaluated(line(1, 900), vouchers=(*fives, large))) == {"large": 900}


@given(st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_with_ten_combinable_discounts_the_best_is_always_proven(dice: random.Random) -> None:
    def value() -> VoucherValue:
        amount = AmountOff(amount_minor=dice.randint(1, 2000))
        return dice.choice((amount, PercentOff(rate_bp=dice.randint(1, 10_000)), FreeGoods(pieces=dice.randint(1, 3))))

    ten = tuple(
        voucher(f"v{one}", value(), articles=tuple(f"article-{dice.randint(1, 6)}" for _ in range(3)))
        for one in range(10)
    )
    lines = (line(one, dice.randint(1, 1500), quantity=dice.randint(1, 3)) for one in range(1, 7))
    assert evaluated(*lines, vouchers=ten).best_is_proven


def test_hundreds_of_discounts_are_answered_and_it_is_said_that_not_all_sets_were_tried() -> None:
    many = tuple(
        voucher(f"v-{one:03}", AmountOff(amount_minor=100 + one), articles=(f"article-{one % 7 + 1}", "article-8"))
        for one in range(100)
    )
    evaluation = evaluated(*(line(one, 977) for one in range(1, 9)), vouchers=many)
    assert evaluation.due_minor == 0
    assert not evaluation.best_is_proven


def test_the_sale_of_points_and_vouchers_is_never_discounted() -> None:
    kinds = (LineKind.POINTS, LineKind.VOUCHER_MULTI, LineKind.VOUCHER_SINGLE)
    lines = [line(number, 1000, kind=kind) for number, kind in enumerate(kinds, 1)]
    evaluation = evaluated(*lines, campaigns=(campaign("ten", TEN),), vouchers=(voucher("v", FreeGoods()),))
    assert (evaluation.discount_minor, reasons(evaluation)) == (0, {"ten": "no_article", "v": "no_article"})

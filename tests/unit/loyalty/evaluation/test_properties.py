"""What holds for every receipt: everything adds up to the cent, and the same case gives the same answer."""

from __future__ import annotations

import copy
import random
from itertools import combinations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.benefits import AmountOff, FreeGoods, FreeService, PercentOff
from loyalty.evaluation.basket import Basket
from loyalty.evaluation.case import Case
from loyalty.evaluation.checks import decode
from loyalty.evaluation.errors import CaseError
from loyalty.evaluation.evaluate import evaluate, evaluate_sale
from loyalty.evaluation.reductions import Candidate, Prices, candidate, take
from loyalty.evaluation.result import Evaluation, Kind
from loyalty.evaluation.rules import compile_rules
from loyalty.evaluation.search import choose
from loyalty.evaluation.terms import terms_of
from loyalty.receipts.receipt import UNTAXED, Receipt
from tests.unit.loyalty.evaluation.shop import BRANCH, line, voucher
from tests.unit.loyalty.evaluation.strategies import CASES, NAMES, REDUCTIONS

AnyReduction = PercentOff | AmountOff | FreeGoods | FreeService
SHUFFLES = st.randoms(use_true_random=False)


@given(CASES)
def test_every_line_and_every_payment_adds_up_to_the_cent(case: Case) -> None:
    evaluation = evaluate(case)
    gross = {one.line: one.gross_minor for one in case.receipt.lines}
    assert {one.line: one.gross_minor for one in evaluation.lines} == gross
    for one in evaluation.lines:
        assert one.gross_minor == one.discount_minor + one.voucher_minor + one.points_minor + one.paid_minor
        assert min(one.discount_minor, one.voucher_minor, one.points_minor, one.paid_minor) >= 0
    for given_by in evaluation.discounts:
        assert sum(share.minor for share in given_by.shares) == given_by.minor > 0
    for payment in evaluation.paid:
        assert not payment.shares or sum(share.minor for share in payment.shares) == payment.minor
        assert payment.type != "points" or payment.points > 0
    assert evaluation.discount_minor == sum(one.minor for one in evaluation.discounts)
    assert evaluation.due_minor == sum(gross.values()) - evaluation.discount_minor
    paid = sum(one.minor for one in evaluation.paid) - evaluation.rounding_minor
    assert evaluation.due_minor == paid + evaluation.open_minor
    assert min(evaluation.open_minor, evaluation.change_minor, evaluation.cash_due_minor) >= 0


@given(CASES)
def test_x8_the_vat_split_adds_up_by_rate_and_by_line(case: Case) -> None:
    evaluation = evaluate(case)
    rates = {one.line: one.vat_rate_bp for one in case.receipt.lines if one.kind not in UNTAXED}
    for part in evaluation.vat:
        of_rate = [one for one in evaluation.lines if rates.get(one.line) == part.rate_bp]
        taken_off = part.discount_minor + part.reduction_minor + part.prepaid_minor
        assert part.gross_minor == taken_off + part.net_minor + part.tax_minor
        assert sum(one.net_minor for one in of_rate) == part.net_minor
        assert sum(one.tax_minor for one in of_rate) == part.tax_minor
        assert abs(part.tax_minor * (10_000 + part.rate_bp) - (part.net_minor + part.tax_minor) * part.rate_bp) * 2 <= (
            10_000 + part.rate_bp
        )
    assert all(min(one.net_minor, one.tax_minor) >= 0 for one in evaluation.lines)
    assert sum(one.gross_minor for one in evaluation.vat) + evaluation.untaxed_minor == evaluation.gross_minor


@given(CASES)
def test_every_campaign_and_voucher_applies_or_has_exactly_one_reason(case: Case) -> None:
    evaluation = evaluate(case)
    applied = [(one.kind, one.id) for one in evaluation.discounts]
    applied += [(Kind.CAMPAIGN, one.campaign) for one in evaluation.awards]
    applied += [(Kind.CAMPAIGN, one.campaign) for one in evaluation.rebates]
    applied += [(Kind.VOUCHER, one.voucher) for one in evaluation.registered]
    applied += [(Kind.VOUCHER, one.id) for one in evaluation.paid if one.type == "voucher"]
    told = [(one.kind, one.id) for one in evaluation.not_applied if one.kind is not Kind.TENDER]
    everything: list[tuple[Kind, str]] = []
    everything.extend((Kind.CAMPAIGN, one.campaign) for one in case.campaigns)
    everything.extend((Kind.VOUCHER, one.voucher) for one in case.vouchers)
    assert sorted([*applied, *told]) == sorted(everything)


@given(CASES, SHUFFLES)
def test_the_order_of_campaigns_vouchers_and_lines_makes_no_difference(case: Case, dice: random.Random) -> None:
    def shuffled(name: str) -> tuple[object, ...]:
        values = list(getattr(case, name))
        dice.shuffle(values)
        return tuple(values)

    names = ("campaigns", "vouchers", "pools", "balances", "stocks")
    lines = list(case.receipt.lines)
    dice.shuffle(lines)
    other = msgspec.structs.replace(
        case,
        **{name: shuffled(name) for name in names},
        receipt=msgspec.structs.replace(case.receipt, lines=tuple(lines)),
    )
    assert evaluate(other) == evaluate(case)


@given(CASES)
def test_the_same_case_gives_the_same_bytes_also_as_json_and_with_rules_made_ready_before(case: Case) -> None:
    first = msgspec.json.encode(evaluate(case))
    assert msgspec.json.encode(evaluate(decode(msgspec.json.encode(case), Case))) == first
    rules = compile_rules(case.rules())
    assert [msgspec.json.encode(evaluate_sale(case, rules)) for _ in range(2)] == [first, first]
    assert msgspec.json.encode(msgspec.json.decode(first, type=Evaluation)) == first


@given(CASES, st.data())
@settings(max_examples=200)
def test_a_case_with_anything_in_one_place_is_answered_or_names_a_field(case: Case, data: st.DataObject) -> None:
    plain = msgspec.to_builtins(case)
    spots = list(_spots(plain))
    parent, key = data.draw(st.sampled_from(spots))
    odd: list[st.SearchStrategy[object]] = [
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.text(max_size=3),
        st.just([]),
        st.just({}),
    ]
    put = data.draw(st.one_of(*odd, st.sampled_from([one[name] for one, name in spots])))
    # A copy, since a part may otherwise come to contain itself.
    parent[key] = copy.deepcopy(put)
    error = _error_of(msgspec.json.encode(plain))
    assert error is None or (error.field and str(error).startswith(f"{error.field}: "))


def _error_of(text: bytes) -> CaseError | None:
    try:
        evaluate(decode(text, Case))
    except CaseError as error:
        return error
    return None


def _spots(value: object) -> list[tuple[dict[object, object], object]]:
    found: list[tuple[dict[object, object], object]] = []
    if isinstance(value, dict):
        found += [(value, key) for key in value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        found += _spots(child)
    return found


@given(
    st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 3), NAMES), min_size=1, max_size=4),
    st.lists(
        st.tuples(REDUCTIONS, st.sampled_from(["", "", "g"]), st.booleans(), st.one_of(st.none(), NAMES)), max_size=5
    ),
)
@settings(max_examples=300)
def test_no_other_admissible_set_of_discounts_is_better(
    prices: list[tuple[int, int, str]], given_by: list[tuple[AnyReduction, str, bool, str | None]]
) -> None:
    lines = tuple(line(number, minor, quantity=n, group=g) for number, (minor, n, g) in enumerate(prices, 1))
    basket = Basket(Receipt(receipt="r", lines=lines))
    candidates = []
    for number, (benefit, group, burns, article_group) in enumerate(given_by):
        conditions = voucher(f"v{number}", benefit, article_groups=(article_group,) if article_group else ())
        terms = terms_of(conditions, kind=Kind.VOUCHER, name=f"v{number}", branch=BRANCH)
        one = candidate(benefit, terms, basket, group=group, budget=None, burns=burns)
        if one is not None:
            candidates.append(one)
    choice = choose(candidates, Prices(basket.left, basket.pieces))
    assert choice.proven
    assert _key([one for one, _ in choice.taken], basket) == min(_key(list(one), basket) for one in _sets(candidates))


def _sets(candidates: list[Candidate]) -> list[tuple[Candidate, ...]]:
    return [
        one
        for size in range(len(candidates) + 1)
        for one in combinations(candidates, size)
        if (size < 2 or all(member.combinable for member in one)) and _one_of_each_group(one)
    ]


def _one_of_each_group(chosen: tuple[Candidate, ...]) -> bool:
    groups = [one.group for one in chosen if one.group]
    return len(groups) == len(set(groups))


def _key(chosen: list[Candidate], basket: Basket) -> tuple[int, int, int, list[str]]:
    prices = Prices(basket.left[:], basket.pieces[:])
    off = 0
    for one in sorted(chosen, key=lambda one: one.sort_key):
        off += sum(take(one, prices))
    return (-off, sum(one.burns for one in chosen), len(chosen), sorted(one.terms.id for one in chosen))

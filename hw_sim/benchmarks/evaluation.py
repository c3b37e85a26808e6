"""How many receipts a second are evaluated: 20 lines, 50 live campaigns, each receipt a different one.

The campaigns are made ready once, as a terminal does it when new rules come; every receipt is then
judged from nothing. Reading a receipt from JSON and answering in JSON is shown apart.
"""

from __future__ import annotations

import datetime as dt
import random
import time

import msgspec

from hw_sim.benchmarks.figures import Figure, ratio
from loyalty.benefits import (
    AmountOff,
    CampaignBenefit,
    FreeGoods,
    MoneyValue,
    PercentOff,
    PointsPerTurnover,
    Rebate,
    VoucherValue,
)
from loyalty.campaigns.campaign import Campaign, Limits, Stock
from loyalty.conditions import Channel
from loyalty.evaluation.case import Balance, CashTender, PointsTender, PoolTerms, RuleSet, Sale, SpendableLot, Tender
from loyalty.evaluation.evaluate import evaluate_sale
from loyalty.evaluation.rules import Rules, compile_rules
from loyalty.receipts.receipt import Branch, Customer, Line, Receipt
from loyalty.vouchers.voucher import Voucher, VoucherForm
from loyalty.windows import Weekday, Window

RECEIPTS = 10_000
LINES = 20
CAMPAIGNS = 50
SEED = 20
GROUPS = tuple(f"group-{number}" for number in range(25))
CUSTOMER_GROUPS = ("vip", "student", "staff")
_BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def measure() -> list[str]:
    """The lines of the report on `evaluate`."""
    dice = random.Random(SEED)  # noqa: S311 - receipts, not secrets
    rules = compile_rules(rule_set(dice))
    sales = [sale(dice, number) for number in range(RECEIPTS)]
    cold = [_timed(one, rules) for one in sales]
    decoder, whole = msgspec.json.Decoder(Sale), list[float]()
    for text in [msgspec.json.encode(one) for one in sales[: RECEIPTS // 10]]:
        begun = time.perf_counter()
        msgspec.json.encode(evaluate_sale(decoder.decode(text), rules))
        whole.append((time.perf_counter() - begun) * 1000)
    figure = Figure(name="evaluate: 20 lines, 50 campaigns, distinct receipts", times_ms=tuple(cold))
    given = [evaluate_sale(one, rules) for one in sales[:1000]]
    return [
        figure.line(),
        ratio("evaluate: receipts per second on one core", value=len(cold) * 1000 / sum(cold), budget=">= 2000"),
        ratio("evaluate: p99 in ms", value=figure.percentile(0.99), budget="<= 3"),
        Figure(name="evaluate: the same from JSON to JSON", times_ms=tuple(whole)).line(),
        f"evaluate: of 1,000 receipts {sum(len(one.awards) for one in given)} awards,"
        f" {sum(len(one.discounts) for one in given)} discounts, {sum(len(one.paid) for one in given)} payments,"
        f" {sum(len(one.not_applied) for one in given)} reasons",
    ]


def _timed(one: Sale, rules: Rules) -> float:
    begun = time.perf_counter()
    evaluate_sale(one, rules)
    return (time.perf_counter() - begun) * 1000


def rule_set(dice: random.Random) -> RuleSet:
    """A branch with 50 campaigns that are all live: none is over or of another branch."""
    return RuleSet(
        branch=Branch(branch="b", company="c", currency="EUR", timezone="Europe/Amsterdam", country="NL"),
        pools=(PoolTerms(pool="own", currency="EUR", minimum_balance=200), PoolTerms(pool="town", currency="EUR")),
        campaigns=tuple(_campaign(dice, number) for number in range(CAMPAIGNS)),
    )


def _campaign(dice: random.Random, number: int) -> Campaign:
    everything = number % 10 == 0
    return Campaign(
        campaign=f"campaign-{number:02}",
        company="c",
        benefit=_benefit(dice, number),
        article_groups=() if everything else tuple(dice.sample(GROUPS, dice.randint(1, 4))),
        windows=(Window(weekdays=tuple(dice.sample(tuple(Weekday), 4)), start="06:00", end="23:00"),)
        if number % 3 == 0
        else (),
        customer_groups=(dice.choice(CUSTOMER_GROUPS),) if number % 4 == 0 else (),
        channels=(Channel.TERMINAL,) if number % 5 == 0 else (),
        exclusive_group=f"exclusive-{number % 6}" if number % 2 == 0 else "",
        limits=Limits(uses_per_customer=5, budget=10**6) if number % 7 == 0 else Limits(),
    )


def _benefit(dice: random.Random, number: int) -> CampaignBenefit:
    kind = number // 2 % 5
    if kind == 0:
        return PercentOff(rate_bp=dice.choice((500, 1000, 1500)))
    if kind == 1:
        amount = AmountOff(amount_minor=dice.choice((100, 200)), combinable=number % 4 == 0)
        return amount if number % 3 else FreeGoods()
    return Rebate(rate_bp=500) if number % 10 == 5 else PointsPerTurnover(pool=dice.choice(("own", "town")), rate=1000)


def sale(dice: random.Random, number: int) -> Sale:
    """A receipt of 20 random lines for a customer with two coupons, sometimes a money voucher, and points."""
    at = _BEGIN + dt.timedelta(seconds=dice.randrange(365 * 24 * 3600))
    money = Voucher(voucher="gift", company="c", value=MoneyValue(rest_minor=dice.randint(1, 3000)))
    coupons = tuple(_coupon(dice, f"coupon-{one}") for one in range(2))
    points = dice.randint(0, 3000)
    tenders: tuple[Tender, ...] = (PointsTender(pool="own"),) if number % 3 == 0 else ()
    return Sale(
        at=at,
        receipt=Receipt(receipt=f"r-{number}", lines=tuple(_line(dice, one + 1) for one in range(LINES))),
        customer=Customer(customer="anna", groups=(dice.choice(CUSTOMER_GROUPS),)),
        vouchers=(*coupons, money) if number % 5 == 0 else coupons,
        balances=(Balance(pool="own", points=points, lots=(SpendableLot(lot="l", points=points, issuer="c"),)),),
        tenders=(*tenders, CashTender()),
        stocks=tuple(Stock(campaign=f"campaign-{one:02}", budget=10**5, customer_uses=3) for one in range(0, 50, 7)),
    )


def _coupon(dice: random.Random, name: str) -> Voucher:
    values: tuple[VoucherValue, ...] = (PercentOff(rate_bp=1000), AmountOff(amount_minor=250), FreeGoods())
    return Voucher(
        voucher=name,
        company="c",
        form=VoucherForm.ACCOUNT,
        owner="anna",
        article_groups=tuple(dice.sample(GROUPS, 3)),
        value=dice.choice(values),
    )


def _line(dice: random.Random, number: int) -> Line:
    return Line(
        line=number,
        article=f"article-{dice.randrange(1000)}",
        group=dice.choice(GROUPS),
        quantity=dice.choice((1, 1, 1, 2, 3)),
        gross_minor=dice.randint(50, 2500),
        vat_rate_bp=dice.choice((900, 2100)),
    )

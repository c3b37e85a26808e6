"""Arbitrary cases within the schema: few names, so that things meet; small and huge amounts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from hypothesis import strategies as st

from loyalty import benefits as give
from loyalty.campaigns.campaign import Campaign, Limits, Stock
from loyalty.conditions import Channel
from loyalty.evaluation import case as cases
from loyalty.receipts.receipt import UNTAXED, Branch, Customer, Line, LineKind, Receipt
from loyalty.vouchers.voucher import Purpose, Sold, Voucher, VoucherForm, VoucherState
from loyalty.windows import Weekday, Window

NAMES = st.sampled_from(["a", "b", "c"])
GROUPS = st.sampled_from(["", "g", "h"])


def rarely(usual: object, otherwise: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly `usual`, so that something is left that applies."""
    return st.integers(0, 9).flatmap(lambda one: otherwise if one == 9 else st.just(usual))


SOME_NAMES = st.lists(NAMES, max_size=2).map(tuple)
MINOR = st.one_of(st.integers(0, 30), st.integers(0, 5000), st.integers(0, 10**12))
SHARES = st.sampled_from([0, 1, 333, 1000, 5000, 9999, 10_000])
TIMES = st.sampled_from(["00:00", "02:30", "12:00", "23:59", "24:00"])
MAYBE = st.booleans()

COMBINABLE = rarely(True, st.just(False))

PERCENT = st.builds(give.PercentOff, rate_bp=SHARES, combinable=COMBINABLE)
AMOUNT = st.builds(give.AmountOff, amount_minor=MINOR, combinable=COMBINABLE)
GOODS = st.builds(give.FreeGoods, pieces=st.integers(1, 4), combinable=COMBINABLE)
SERVICE = st.builds(give.FreeService, pieces=st.integers(1, 4), combinable=COMBINABLE)
PAST = st.builds(give.PastOff, rate_bp=SHARES, turnover_minor=MINOR, receipts=SOME_NAMES, combinable=COMBINABLE)
REDUCTIONS = st.one_of(PERCENT, AMOUNT, GOODS, SERVICE)
AWARDS = st.builds(
    give.PointsPerTurnover,
    pool=NAMES,
    rate=rarely(1000, st.sampled_from([0, 1, 10**6])),
    minimum_balance=rarely(0, st.just(10)),
)
REBATES = st.builds(give.Rebate, rate_bp=SHARES)
MONEY = st.builds(give.MoneyValue, rest_minor=MINOR)
POINTS = st.builds(give.PointsValue, pool=NAMES, points=st.integers(0, 100))

WINDOWS = st.builds(
    Window, weekdays=st.lists(st.sampled_from(Weekday), max_size=3).map(tuple), start=TIMES, end=TIMES
).filter(lambda one: (one.start, one.end) not in {("00:00", "00:00"), ("24:00", "24:00")} and one.start != one.end)
DATES = rarely(None, st.dates(dt.date(2025, 3, 1), dt.date(2025, 11, 1)))
SOLD = st.one_of(
    st.none(),
    st.just(Sold(purpose=Purpose.MULTI)),
    st.builds(Sold, purpose=st.just(Purpose.SINGLE), vat_rate_bp=st.sampled_from([900, 2100])),
)
CONDITIONS: dict[str, st.SearchStrategy[Any]] = {
    "company": rarely("a", st.just("b")),
    "valid_from": DATES,
    "valid_until": DATES,
    "windows": rarely((), st.lists(WINDOWS, max_size=2).map(tuple)),
    "branches": rarely((), SOME_NAMES),
    "channels": rarely((), st.lists(st.sampled_from(Channel), max_size=1).map(tuple)),
    "customer_groups": rarely((), SOME_NAMES),
    "articles": rarely((), SOME_NAMES),
    "article_groups": st.one_of(st.just(()), st.lists(st.sampled_from(["g", "h"]), max_size=1).map(tuple)),
}
LIMIT = rarely(None, st.integers(0, 10**4))
CAMPAIGNS = st.builds(
    Campaign,
    campaign=st.just("c"),
    benefit=st.one_of(REDUCTIONS, AWARDS, REBATES),
    exclusive_group=GROUPS,
    limits=st.builds(Limits, budget=LIMIT, uses=LIMIT, uses_per_customer=LIMIT, uses_per_day=LIMIT),
    **CONDITIONS,
)


def _vouchers(
    values: st.SearchStrategy[give.VoucherValue], sold: st.SearchStrategy[Sold | None]
) -> st.SearchStrategy[Voucher]:
    return st.builds(
        Voucher,
        voucher=st.just("v"),
        value=values,
        sold=sold,
        form=st.sampled_from(VoucherForm),
        state=rarely(VoucherState.ISSUED, st.sampled_from(VoucherState)),
        owner=rarely("a", st.one_of(st.none(), NAMES)),
        owner_bound=MAYBE,
        uses_left=rarely(1, st.integers(0, 3)),
        **CONDITIONS,
    )


VOUCHERS = st.one_of(
    _vouchers(st.one_of(MONEY, GOODS, SERVICE), SOLD), _vouchers(st.one_of(PERCENT, AMOUNT, PAST, POINTS), st.none())
)


def _taxed(line: Line) -> Line:
    return msgspec.structs.replace(line, vat_rate_bp=0) if line.kind in UNTAXED else line


LINES = st.builds(
    Line,
    line=st.integers(1, 50),
    kind=st.sampled_from([*LineKind, *[LineKind.GOODS] * 6]),
    gross_minor=st.one_of(st.integers(100, 3000), st.integers(0, 30), st.integers(0, 10**11)),
    vat_rate_bp=st.sampled_from([0, 900, 2100]),
    article=NAMES,
    group=GROUPS,
    quantity=st.integers(1, 5),
).map(_taxed)
LOTS = st.builds(
    cases.SpendableLot,
    lot=NAMES,
    points=st.integers(0, 5000),
    issuer=NAMES,
    origin=st.sampled_from(["earned", "purchased", "goodwill"]),
    expires_ms=rarely(None, st.integers(0, 10**13)),
)
BALANCES = st.builds(
    cases.Balance,
    pool=NAMES,
    points=st.one_of(st.integers(-100, 10**5), st.integers(1000, 10**5)),
    lots=st.one_of(st.none(), st.lists(LOTS, max_size=3, unique_by=lambda one: one.lot).map(tuple)),
    unlocked=MAYBE,
)
TENDERS = st.one_of(
    st.builds(cases.PointsTender, pool=NAMES, points=st.one_of(st.none(), st.integers(0, 3000))),
    st.builds(cases.CardTender, amount_minor=st.one_of(st.none(), MINOR)),
    st.builds(cases.CashTender, amount_minor=st.one_of(st.none(), MINOR)),
)
BRANCHES = st.builds(
    Branch,
    branch=st.just("a"),
    company=st.just("a"),
    currency=rarely("EUR", st.sampled_from(["CZK", "DKK"])),
    timezone=st.sampled_from(["Europe/Amsterdam", "Pacific/Apia", "America/St_Johns"]),
    country=st.sampled_from(["", "NL"]),
    cash_step_minor=st.one_of(st.none(), st.integers(1, 100)),
)
POOLS = st.builds(
    cases.PoolTerms,
    pool=NAMES,
    currency=rarely("EUR", st.just("CZK")),
    point_value_minor=st.sampled_from([1, 1, 7, 100]),
    minimum_balance=rarely(0, st.just(500)),
)
STOCKS = st.builds(
    Stock,
    campaign=st.sampled_from([f"c{one}" for one in range(8)]),
    budget=st.integers(0, 10**4),
    uses=rarely(1, st.just(0)),
    customer_uses=rarely(1, st.just(0)),
    day_uses=rarely(1, st.just(0)),
)
_BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
INSTANTS = st.integers(0, 365 * 24 * 3600).map(lambda second: _BEGIN + dt.timedelta(seconds=second))


def _single(tender: cases.Tender) -> object:
    return (type(tender), getattr(tender, "pool", "")) if not isinstance(tender, cases.CardTender) else object()


def _numbered(prefix: str, things: list[Any]) -> tuple[Any, ...]:
    field = "campaign" if prefix == "c" else "voucher"
    return tuple(msgspec.structs.replace(one, **{field: f"{prefix}{at}"}) for at, one in enumerate(things))


def _pooled(field: str, things: list[Any]) -> tuple[Any, ...]:
    return tuple(msgspec.structs.replace(one, **{field: name}) for one, name in zip(things, "abc", strict=False))


#: Cases that do not contradict themselves.
CASES = st.builds(
    cases.Case,
    at=INSTANTS,
    receipt=st.builds(
        Receipt,
        receipt=NAMES,
        lines=st.lists(LINES, min_size=1, max_size=8, unique_by=lambda one: one.line).map(tuple),
        channel=rarely(Channel.TERMINAL, st.just(Channel.WEBSHOP)),
    ),
    customer=st.just(Customer(customer="a", groups=("a", "b"))),
    vouchers=st.lists(VOUCHERS, max_size=6).map(lambda some: _numbered("v", some)),
    balances=st.lists(BALANCES, min_size=1, max_size=3).map(lambda some: _pooled("pool", some)),
    tenders=st.lists(TENDERS, max_size=4, unique_by=_single).map(tuple),
    stocks=st.lists(STOCKS, max_size=8, unique_by=lambda one: one.campaign).map(tuple),
    branch=BRANCHES,
    pools=st.lists(POOLS, min_size=2, max_size=3).map(lambda some: _pooled("pool", some)),
    campaigns=st.lists(CAMPAIGNS, max_size=8).map(lambda some: _numbered("c", some)),
)

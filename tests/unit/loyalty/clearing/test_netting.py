"""Netting and statements: all positions add up to zero, and each company reads its own pairs only."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.clearing.entries import ClearingEntry
from loyalty.clearing.errors import NotZeroSum
from loyalty.clearing.netting import Netted, check_zero_sum, net, positions
from loyalty.clearing.rendering import COLUMNS, as_csv, as_json, decimal
from loyalty.clearing.statement import Statement, Traced, statement
from loyalty.errors import UnitMismatch
from loyalty.units import Money

COMPANIES = st.sampled_from(["bakery", "cinema", "florist", "garage"])
NOON = dt.datetime.fromisoformat("2025-06-13T12:00:00+02:00")


def owed(issuer: str, taker: str, minor: int, **more: object) -> ClearingEntry:
    """`issuer` owes `taker`."""
    given_by: dict[str, object] = {"pool": "network", "currency": "EUR", "lot": "l", "rate_bp": 900, "points": minor}
    return ClearingEntry(issuer=issuer, taker=taker, value_minor=minor, **(given_by | more))  # type: ignore[arg-type]


ENTRIES = st.lists(
    st.builds(
        owed,
        COMPANIES,
        COMPANIES,
        st.integers(-500, 500),
        currency=st.sampled_from(["EUR", "CZK"]),
        rate_bp=st.sampled_from([None, 900, 2100]),
        lot=st.sampled_from(["l", "m"]),
    ),
    max_size=12,
)


def traced(entries: Iterable[ClearingEntry]) -> list[Traced]:
    """Each entry from a redemption of its own."""
    return [Traced(entry=one, reference=f"red-{at}", happened_at=NOON) for at, one in enumerate(entries)]


@given(ENTRIES)
def test_p5_the_sum_of_all_clearing_is_zero(entries: list[ClearingEntry]) -> None:
    netted = net(entries)
    check_zero_sum(entries, netted)
    assert all(one.minor > 0 and one.payer != one.payee for one in netted)
    pairs = [(frozenset((one.payer, one.payee)), one.currency) for one in netted]
    assert len(pairs) == len(set(pairs))
    for currency in ("EUR", "CZK"):
        assert sum(minor for (_, one), minor in positions(netted).items() if one == currency) == 0


@given(ENTRIES.filter(lambda entries: bool(net(entries))))
def test_a_netting_with_a_cent_too_many_is_noticed(entries: list[ClearingEntry]) -> None:
    first, *rest = net(entries)
    wrong = Netted(payer=first.payer, payee=first.payee, currency=first.currency, minor=first.minor + 1)
    with pytest.raises(NotZeroSum):
        check_zero_sum(entries, [wrong, *rest])
    with pytest.raises(NotZeroSum):
        check_zero_sum(entries, rest)


def test_p5_debts_of_two_companies_are_set_off_by_currency() -> None:
    entries = [owed("a", "b", 70), owed("b", "a", 100), owed("a", "b", 5, currency="CZK"), owed("a", "a", 9)]
    assert net(entries) == (
        Netted(payer="a", payee="b", currency="CZK", minor=5),
        Netted(payer="b", payee="a", currency="EUR", minor=30),
    )


@given(ENTRIES)
def test_x8_statements_agree_with_each_other_and_with_their_parts(entries: list[ClearingEntry]) -> None:
    rows = traced(entries)
    told = {one: statement(one, "2025-06", rows, closed=True) for one in ("bakery", "cinema", "florist", "garage")}
    for company, own in told.items():
        for pair in own.pairs:
            other = next(one for one in told[pair.other].pairs if (one.other, one.currency) == (company, pair.currency))
            assert (pair.net_minor, pair.owes_minor) == (-other.net_minor, other.owed_minor)
            rates = [one for one in own.rates if (one.other, one.currency) == (pair.other, pair.currency)]
            assert sum(one.net_minor for one in rates) == pair.net_minor
            single = [one for one in own.redemptions if (one.other, one.currency) == (pair.other, pair.currency)]
            assert sum(one.value_minor if one.gets else -one.value_minor for one in single) == pair.net_minor


@given(ENTRIES)
def test_p6_a_statement_has_nothing_of_other_companies_pairs(entries: list[ClearingEntry]) -> None:
    others = [one for one in entries if "bakery" not in (one.issuer, one.taker)]
    own = [one for one in entries if "bakery" in (one.issuer, one.taker)]
    assert statement("bakery", "2025-06", traced(others), closed=True) == _empty()
    told = statement("bakery", "2025-06", [*traced(own), *traced(others)], closed=True)
    assert told == statement("bakery", "2025-06", traced(own), closed=True)


def _empty() -> Statement:
    return Statement(company="bakery", month="2025-06", closed=True, pairs=(), rates=(), redemptions=())


def _sample() -> Statement:
    rows = [
        Traced(entry=owed("bakery", "cinema", 1205), reference="kiosk-1/1/7", receipt="=1+1", happened_at=NOON),
        Traced(entry=owed("cinema", "bakery", 300, rate_bp=None), reference="red-2", happened_at=NOON),
        Traced(entry=owed("bakery", "cinema", -5, rate_bp=2100), reference="red-3", happened_at=NOON),
    ]
    return statement("bakery", "2025-06", rows, closed=True)


def test_p5_the_csv_has_pairs_rates_and_single_redemptions_in_decimals() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(_sample()))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["section"] for row in rows] == ["pair", "rate", "rate", "rate", *["redemption"] * 3]
    assert (rows[0]["owes"], rows[0]["owed"], rows[0]["net"]) == ("12.00", "3.00", "-9.00")
    assert [(row["vat_rate_percent"], row["net"]) for row in rows[1:4]] == [
        ("", "3.00"),
        ("9.00", "-12.05"),
        ("21.00", "0.05"),
    ]
    assert rows[4]["reference"] == "kiosk-1/1/7"
    assert rows[4]["happened_at"] == "2025-06-13T12:00:00+02:00"


def test_a_receipt_number_is_never_run_as_a_formula() -> None:
    assert "\r\nredemption,2025-06,bakery,cinema" in as_csv(_sample())
    assert ",'=1+1," in as_csv(_sample())
    assert ",=1+1," not in as_csv(_sample())


def test_p5_the_json_is_the_statement_in_minor_units_without_lots() -> None:
    told = json.loads(as_json(_sample()))
    assert told["pairs"] == [
        {"other": "cinema", "currency": "EUR", "owes_minor": 1200, "owed_minor": 300, "net_minor": -900}
    ]
    assert {"lot", "member", "customer"}.isdisjoint(told["redemptions"][0])


@pytest.mark.parametrize(("minor", "told"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-1205, "-12.05"), (100, "1.00")])
def test_decimals_are_exact(minor: int, told: str) -> None:
    assert decimal(Money(minor, "EUR")) == told
    with pytest.raises(UnitMismatch):
        decimal(Money(minor, "XXX"))

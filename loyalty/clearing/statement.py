"""A company's statement of one month: pairs, VAT rates, and every single redemption behind them.

It has the pairs that the company is part of and nothing of others (P6), and no personal data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from loyalty.clearing.entries import ClearingEntry
from loyalty.clearing.split import Rate, rate_order

#: Of the statement's form; it changes when a field changes its meaning.
STATEMENT_VERSION = 1


class Traced(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with where it comes from. `reference` is the redemption, `receipt` its receipt where there is one;
    `happened_at` is the branch's wall clock with its UTC offset."""

    entry: ClearingEntry
    reference: str
    happened_at: dt.datetime
    receipt: str = ""


class PairTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All between the company and `other`: it owes for its points taken there, and is owed for points that it
    took. `net_minor` is what it gets; below zero: what it pays."""

    other: str
    currency: str
    owes_minor: int
    owed_minor: int
    net_minor: int


class RateTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The same at one VAT rate (X8); `rate_bp` is None where no line with a rate was paid."""

    other: str
    currency: str
    rate_bp: Rate
    owes_minor: int
    owed_minor: int
    net_minor: int


class Single(msgspec.Struct, frozen=True, kw_only=True):
    """One redemption, or reversal of one (below zero), by lot's issuer and rate. `gets`: whether the company took
    the points (and gets the value), or had issued them (and owes it)."""

    reference: str
    receipt: str
    happened_at: dt.datetime
    other: str
    pool: str
    currency: str
    rate_bp: Rate
    gets: bool
    points: int
    value_minor: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One company's statement of one month. `closed`: final; otherwise what is known so far."""

    company: str
    month: str
    closed: bool
    pairs: tuple[PairTotal, ...]
    rates: tuple[RateTotal, ...]
    redemptions: tuple[Single, ...]
    version: int = STATEMENT_VERSION


def statement(company: str, month: str, traced: Iterable[Traced], *, closed: bool) -> Statement:
    """The statement of `company`; what it is no part of, and what it took of its own points, is left out."""
    own = [one for one in traced if company in _parties(one.entry) and one.entry.issuer != one.entry.taker]
    by_pair: dict[tuple[str, str], list[ClearingEntry]] = {}
    by_rate: dict[tuple[str, str, Rate], list[ClearingEntry]] = {}
    for one in own:
        key = (_other(company, one.entry), one.entry.currency)
        by_pair.setdefault(key, []).append(one.entry)
        by_rate.setdefault((*key, one.entry.rate_bp), []).append(one.entry)
    return Statement(
        company=company,
        month=month,
        closed=closed,
        pairs=tuple(
            PairTotal(other=other, currency=currency, **_sums(company, by_pair[other, currency]))
            for other, currency in sorted(by_pair)
        ),
        rates=tuple(
            RateTotal(other=other, currency=currency, rate_bp=rate, **_sums(company, by_rate[other, currency, rate]))
            for other, currency, rate in sorted(by_rate, key=lambda key: (key[0], key[1], rate_order(key[2])))
        ),
        redemptions=_singles(company, own),
    )


def _parties(entry: ClearingEntry) -> tuple[str, str]:
    return (entry.issuer, entry.taker)


def _other(company: str, entry: ClearingEntry) -> str:
    return entry.taker if entry.issuer == company else entry.issuer


def _sums(company: str, entries: list[ClearingEntry]) -> dict[str, int]:
    owes = sum(entry.value_minor for entry in entries if entry.issuer == company)
    owed = sum(entry.value_minor for entry in entries if entry.taker == company)
    return {"owes_minor": owes, "owed_minor": owed, "net_minor": owed - owes}


def _singles(company: str, own: Iterable[Traced]) -> tuple[Single, ...]:
    """In the order of time, with the lots of one issuer added up: a lot would name a customer by another word."""
    groups: dict[tuple[object, ...], list[Traced]] = {}
    for one in own:
        entry = one.entry
        key = (one.happened_at, one.reference, one.receipt, entry.pool, _other(company, entry), entry.taker == company)
        groups.setdefault((*key, rate_order(entry.rate_bp)), []).append(one)
    return tuple(_single(company, groups[key]) for key in sorted(groups))


def _single(company: str, same: list[Traced]) -> Single:
    entry = same[0].entry
    return Single(
        reference=same[0].reference,
        receipt=same[0].receipt,
        happened_at=same[0].happened_at,
        other=_other(company, entry),
        pool=entry.pool,
        currency=entry.currency,
        rate_bp=entry.rate_bp,
        gets=entry.taker == company,
        points=sum(one.entry.points for one in same),
        value_minor=sum(one.entry.value_minor for one in same),
    )

"""Adding up a month: who pays whom. Amounts of different currencies are never set off against each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from loyalty.clearing.entries import ClearingEntry
from loyalty.clearing.errors import NotZeroSum


class Netted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`payer` owes `payee` the rest `minor` > 0 after everything between the two was set off."""

    payer: str
    payee: str
    currency: str
    minor: int


@dataclass(slots=True)
class Between:
    """What two companies owe each other in one currency; `first` is the lower id."""

    first: str
    second: str
    currency: str
    first_owes_minor: int = 0
    second_owes_minor: int = 0


def between(entries: Iterable[ClearingEntry]) -> tuple[Between, ...]:
    """The sums per pair and currency, in their order. What a company took of its own points is no debt."""
    pairs: dict[tuple[str, str, str], Between] = {}
    for entry in entries:
        if entry.issuer == entry.taker:
            continue
        first, second = sorted((entry.issuer, entry.taker))
        key = (first, second, entry.currency)
        pair = pairs.setdefault(key, Between(*key))
        if entry.issuer == first:
            pair.first_owes_minor += entry.value_minor
        else:
            pair.second_owes_minor += entry.value_minor
    return tuple(pairs[key] for key in sorted(pairs))


def net(entries: Iterable[ClearingEntry]) -> tuple[Netted, ...]:
    """Who pays whom, one amount per pair and currency; nothing where two companies are quits."""
    netted = []
    for pair in between(entries):
        rest = pair.first_owes_minor - pair.second_owes_minor
        if rest:
            payer, payee = (pair.first, pair.second) if rest > 0 else (pair.second, pair.first)
            netted.append(Netted(payer=payer, payee=payee, currency=pair.currency, minor=abs(rest)))
    return tuple(netted)


def positions(netted: Iterable[Netted]) -> dict[tuple[str, str], int]:
    """What each (company, currency) gets; below zero: pays."""
    sums: dict[tuple[str, str], int] = {}
    for one in netted:
        for company, minor in ((one.payer, -one.minor), (one.payee, one.minor)):
            key = (company, one.currency)
            sums[key] = sums.get(key, 0) + minor
    return sums


def check_zero_sum(entries: Iterable[ClearingEntry], netted: Iterable[Netted]) -> None:
    """Raises `NotZeroSum` unless each company's position by the single entries is the one by `netted`, and
    all positions of a currency add up to zero: the two are added up by different ways."""
    single: dict[tuple[str, str], int] = {}
    for entry in entries:
        for company, minor in ((entry.issuer, -entry.value_minor), (entry.taker, entry.value_minor)):
            key = (company, entry.currency)
            single[key] = single.get(key, 0) + minor
    settled = positions(netted)
    for key in single.keys() | settled.keys():
        if single.get(key, 0) != settled.get(key, 0):
            raise NotZeroSum("netted", f"{key[0]} has {single.get(key, 0)} {key[1]}, and {settled.get(key, 0)} netted")
    for currency in {key[1] for key in settled}:
        rest = sum(minor for key, minor in settled.items() if key[1] == currency)
        if rest:
            raise NotZeroSum("netted", f"all together have {rest} {currency} left")

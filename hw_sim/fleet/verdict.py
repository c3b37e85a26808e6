"""All checkers on one world after it was played: what each found wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hw_sim.checkers import (
    books_balance,
    chain_unbroken,
    coupons_once,
    entries_posted,
    granted_once,
    refusals,
    rights_within_escrow,
    shown_once,
)
from hw_sim.fleet.world import World


@dataclass(frozen=True)
class Finding:
    """What a checker found."""

    checker: str
    told: str


def judge(world: World) -> list[Finding]:
    """Everything that is wrong with `world`."""
    found: list[Finding] = []
    for name, check in _CHECKS.items():
        found += [Finding(name, told) for told in check(world, world.central.database)]
    return found


def _posted(world: World, central: sqlite3.Connection) -> Iterator[str]:
    for box in world.boxes:
        yield from entries_posted.check(box.records.stored, central)


def _chains(world: World, _central: sqlite3.Connection) -> Iterator[str]:
    for box in world.boxes:
        for told in chain_unbroken.check(box.records.stored, public=box.facts.key.public):
            yield f"{box.facts.id}: {told}"


def _rights(world: World, central: sqlite3.Connection) -> Iterator[str]:
    for box in world.boxes:
        yield from rights_within_escrow.check(box.records.entries, central)
        for told in rights_within_escrow.check_tables(box.records.entries, box.records.held()):
            yield f"{box.facts.id}: {told}"


def _grants(world: World, central: sqlite3.Connection) -> Iterator[str]:
    yield from granted_once.check_taken(entry for box in world.boxes for entry in box.records.entries)
    yield from granted_once.check_booked(central)


def _coupons(world: World, central: sqlite3.Connection) -> Iterator[str]:
    yield from coupons_once.check_journals(entry for box in world.boxes for entry in box.records.entries)
    yield from coupons_once.check_ledger(central)


def _shown(world: World, central: sqlite3.Connection) -> Iterator[str]:
    yield from world.oracle.wrong
    yield from shown_once.check_codes(world.oracle.codes.values(), central)
    yield from shown_once.check_registrations(world.oracle.registrations.values(), central)


_CHECKS: dict[str, Callable[[World, sqlite3.Connection], Iterator[str] | list[str]]] = {
    "converged": lambda world, _central: world.unsettled,
    "books balance": lambda _world, central: books_balance.check(central),
    "chains unbroken": _chains,
    "entries posted": _posted,
    "rights within escrow": _rights,
    "granted once": _grants,
    "coupons once": _coupons,
    "shown is booked": _shown,
    "refusals justified": lambda world, _central: refusals.check(world.oracle.attempts),
}

"""All checkers on one world after it was played: what each found wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hw_sim.checkers import (
    balances_shown,
    books_balance,
    chain_unbroken,
    coupons_once,
    entries_posted,
    granted_once,
    lost_disks,
    refusals,
    rights_within_escrow,
    shown_once,
)
from hw_sim.fleet.world import World
from loyalty.entries import Entry


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
    live = {(box.facts.id, box.epoch) for box in world.boxes}
    for place, lost in sorted(world.drawer.journals.items()):
        if place not in live:
            yield from entries_posted.check_beginning(
                lost.stored, central, at_least=len(lost.stored) if lost.found else lost.at_hand
            )


def _chains(world: World, _central: sqlite3.Connection) -> Iterator[str]:
    for box in world.boxes:
        for told in chain_unbroken.check(box.records.stored, public=box.facts.key.public):
            yield f"{box.facts.id}: {told}"


def _rights(world: World, central: sqlite3.Connection) -> Iterator[str]:
    for box in world.boxes:
        yield from rights_within_escrow.check(box.records.entries, central)
        for told in rights_within_escrow.check_tables(box.records.entries, box.records.held()):
            yield f"{box.facts.id}: {told}"


def _everything(world: World) -> Iterator[Entry]:
    """Every entry that was ever on a disk, each once."""
    journals = {place: lost.entries for place, lost in world.drawer.journals.items()}
    journals |= {(box.facts.id, box.epoch): box.records.entries for box in world.boxes}
    for place in sorted(journals):
        yield from journals[place]


def _grants(world: World, central: sqlite3.Connection) -> Iterator[str]:
    yield from granted_once.check_taken(_everything(world))
    yield from granted_once.check_booked(central)


def _coupons(world: World, central: sqlite3.Connection) -> Iterator[str]:
    yield from coupons_once.check_journals(_everything(world))
    yield from coupons_once.check_ledger(central)


def _shown(world: World, central: sqlite3.Connection) -> Iterator[str]:
    yield from world.oracle.wrong
    live = {(box.facts.id, box.epoch) for box in world.boxes}
    excused: set[str] = set()
    for place, lost in sorted(world.drawer.journals.items()):
        if place not in live:
            missing, wrong = lost_disks.uncovered(lost.entries, central)
            excused |= missing
            # A restored central system may have forgotten what it froze for a disk that is lost as well.
            yield from () if world.exchange.restored else wrong
    codes, registrations = world.oracle.codes.values(), world.oracle.registrations.values()
    yield from shown_once.check_codes((one for one in codes if one.code not in excused), central)
    yield from shown_once.check_registrations((one for one in registrations if one.coupon not in excused), central)


_CHECKS: dict[str, Callable[[World, sqlite3.Connection], Iterator[str] | list[str]]] = {
    "converged": lambda world, _central: world.unsettled,
    "books balance": lambda _world, central: books_balance.check(central),
    "chains unbroken": _chains,
    "entries posted": _posted,
    "rights within escrow": _rights,
    "granted once": _grants,
    "coupons once": _coupons,
    "shown is booked": _shown,
    "balances shown": lambda world, _central: balances_shown.check(world.oracle.balances),
    "refusals justified": lambda world, _central: refusals.check(world.oracle.attempts),
}

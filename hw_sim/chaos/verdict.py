"""All checkers on one run after it has come to rest: every journal, the ledger, and what people saw.

Reads files and rows only, so that it can be asked again of what a run has left behind.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from firmware.fleet.identity import load_key
from hw_sim.chaos.books import Books, journals
from hw_sim.chaos.witness import Witness
from hw_sim.checkers import (
    books_balance,
    chain_unbroken,
    coupons_once,
    entries_posted,
    granted_once,
    rights_within_escrow,
    shown_once,
)
from hw_sim.checkers.evidence import StoredEntry, copied
from loyalty.entries import Entry, read_payload

Journals = list[tuple[StoredEntry, ...]]


@dataclass(frozen=True)
class Finding:
    """What a checker found."""

    checker: str
    told: str

    def __str__(self) -> str:
        return f"{self.checker}: {self.told}"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run leaves behind: each terminal's disk, the central system's data directory and books, and a witness."""

    disks: dict[str, Path]
    central: Path
    books: Books
    witness: Witness


def judge(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong. No terminal runs any more."""
    disks = evidence.disks
    found = {terminal: journals(disk) for terminal, disk in disks.items()}
    wrong = [Finding("seen by people", told) for told in evidence.witness.wrong]
    wrong += [Finding("chains unbroken", told) for told in _chains(found, disks)]
    wrong += [Finding("tables are the journal's", told) for told in _tables(found, disks)]
    with evidence.books.read() as central:
        wrong += _ledger(evidence.witness, found, central)
    wrong += [Finding("verify-books", told) for told in _verify(evidence)]
    return wrong


def _ledger(witness: Witness, found: dict[str, Journals], central: sqlite3.Connection) -> Iterator[Finding]:
    every = list(chain.from_iterable(found.values()))
    for journal in every:
        for told in entries_posted.check(journal, central):
            yield Finding("entries posted", told)
        for told in rights_within_escrow.check(_read(journal), central):
            yield Finding("rights within escrow", told)
    entries = [entry for journal in every for entry in _read(journal)]
    checks = {
        "books balance": books_balance.check(central),
        "granted once": [*granted_once.check_taken(entries), *granted_once.check_booked(central)],
        "coupons once": [*coupons_once.check_journals(entries), *coupons_once.check_ledger(central)],
        "codes shown are booked": shown_once.check_codes(witness.codes, central),
        "registrations shown are booked": shown_once.check_registrations(witness.registrations, central),
    }
    for name, wrong in checks.items():
        for told in wrong:
            yield Finding(name, told)


def _chains(found: dict[str, Journals], disks: dict[str, Path]) -> Iterator[str]:
    for terminal, every in found.items():
        public = load_key(disks[terminal]).public
        for journal in every:
            yield from (f"{terminal}: {told}" for told in chain_unbroken.check(journal, public=public))


def _tables(found: dict[str, Journals], disks: dict[str, Path]) -> Iterator[str]:
    """Of the journal in use: it is the last one."""
    for terminal, every in found.items():
        with copied(disks[terminal] / "journal.sqlite3") as tables:
            held = dict(tables.execute("SELECT lot, points FROM lot_right"))
        yield from (f"{terminal}: {told}" for told in rights_within_escrow.check_tables(_read(every[-1]), held))


def _verify(evidence: Evidence) -> list[str]:
    """What the central system's own command says."""
    command = [sys.executable, "-m", "backend_bridge", "verify-books", "--data", str(evidence.central)]
    done = subprocess.run(  # noqa: S603 - our own program
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        env=evidence.books.environment,
    )
    return done.stdout.splitlines() if done.returncode else []


def _read(journal: tuple[StoredEntry, ...]) -> list[Entry]:
    return [read_payload(entry.payload) for entry in journal]

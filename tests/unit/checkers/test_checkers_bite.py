"""Each checker finds what it is there for: a checker that cannot fail proves nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.journal.journal import Journal
from hw_sim.checkers import books_balance, chain_unbroken, nothing_lost, posted_once
from hw_sim.checkers.evidence import StoredEntry, journal_entries
from loyalty.entries import ClockEvidence, GrantTaken, PointsSpent
from loyalty.rights import LotRight, LotSpend
from loyalty.signing import SigningKey

KEY = SigningKey(bytes(range(32)))
CLOCK = ClockEvidence(wall_ms=1, monotonic_ms=1, boot_id="boot")
SCHEMA = """
CREATE TABLE fleet_journalentry (terminal_id, epoch, seq, payload, hash, outcome, reason);
CREATE TABLE ledger_cause (id, key);
CREATE TABLE ledger_transfer (cause_id, kind, lot_id, amount, debit_id, credit_id);
CREATE TABLE ledger_account (id, kind);
CREATE TABLE ledger_holding (account_id, lot_id, amount);
CREATE TABLE vouchers_voucher (id, kind, state);
INSERT INTO ledger_account VALUES ('given', 'company_funding'), ('anna', 'member_escrow');
INSERT INTO ledger_account VALUES ('taken', 'company_redeemed');
INSERT INTO ledger_cause VALUES (1, 'grant/g'), (2, 't-1/1/2'), (3, 't-1/1/3');
INSERT INTO ledger_transfer VALUES (1, 'granted', 'l', 100, 'given', 'anna');
INSERT INTO ledger_transfer VALUES (2, 'spent', 'l', 60, 'anna', 'taken');
INSERT INTO ledger_holding VALUES ('anna', 'l', 40), ('taken', 'l', 60);
"""


@pytest.fixture
def entries(tmp_path: Path) -> tuple[StoredEntry, ...]:
    """A begun journal with a grant and a spend of 60 of lot `l`."""
    journal = Journal(tmp_path / "journal.sqlite3", terminal="t-1", key=KEY)
    journal.begin(epoch=1, clock=CLOCK, software="1")
    lot = LotRight(lot="l", member="anna", pool="p", points=100, issuer="c")
    grant = GrantTaken(grant="g", request="r", member="anna", lots=(lot,))
    spend = PointsSpent(
        spend="s", member="anna", pool="p", lots=(LotSpend("l", 60),), reward="x", company="c", code="ABCDEFG"
    )
    journal.append(lambda _key: grant, clock=CLOCK, rules="1")
    journal.append(lambda _key: spend, clock=CLOCK, rules="1")
    journal.close()
    return journal_entries(tmp_path / "journal.sqlite3")


@pytest.fixture
def central(entries: tuple[StoredEntry, ...]) -> Iterator[sqlite3.Connection]:
    """What the central system has when all is well."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    for entry in entries:
        row = ("t-1", 1, entry.seq, entry.payload, entry.hash.hex(), "posted", "")
        connection.execute("INSERT INTO fleet_journalentry VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    yield connection
    connection.close()


def test_nothing_is_found_where_all_is_well(entries: tuple[StoredEntry, ...], central: sqlite3.Connection) -> None:
    assert chain_unbroken.check(entries, public=KEY.public) == []
    assert nothing_lost.check_kept(entries[:2], entries) == []
    assert nothing_lost.check_arrived(entries, central, terminal="t-1") == []
    assert posted_once.check(entries, central, terminal="t-1") == []
    assert posted_once.check_coupons(central) == []
    assert books_balance.check(central) == []


def test_a_dropped_swapped_or_changed_entry_breaks_the_chain(entries: tuple[StoredEntry, ...]) -> None:
    first, second, third = entries
    changed = replace(second, payload=second.payload[:-1] + bytes([second.payload[-1] ^ 1]))
    for broken in ((first, third), (first, third, second), (first, changed, third), (second, third)):
        assert chain_unbroken.check(broken, public=KEY.public)


def test_an_entry_that_is_gone_later_is_lost(entries: tuple[StoredEntry, ...]) -> None:
    assert nothing_lost.check_kept(entries, entries[:-1]) == ["journal entry 2 was lost or changed"]


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM fleet_journalentry WHERE seq = 2",
        "UPDATE fleet_journalentry SET hash = 'ff' WHERE seq = 1",
        "UPDATE fleet_journalentry SET outcome = 'suspense' WHERE seq = 1",
    ],
)
def test_an_entry_that_did_not_arrive_whole_is_found(
    entries: tuple[StoredEntry, ...], central: sqlite3.Connection, harm: str
) -> None:
    central.execute(harm)
    assert nothing_lost.check_arrived(entries, central, terminal="t-1")


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM ledger_transfer WHERE kind = 'spent'",
        "INSERT INTO ledger_transfer VALUES (3, 'spent', 'l', 60, 'anna', 'taken')",
        "UPDATE ledger_transfer SET amount = 61 WHERE kind = 'spent'",
    ],
)
def test_a_spend_that_is_missing_doubled_or_changed_is_found(
    entries: tuple[StoredEntry, ...], central: sqlite3.Connection, harm: str
) -> None:
    central.execute(harm)
    assert posted_once.check(entries, central, terminal="t-1")


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE ledger_holding SET amount = 41 WHERE account_id = 'anna'",
        "INSERT INTO ledger_transfer VALUES (3, 'spent', 'l', 60, 'anna', 'taken')",
    ],
)
def test_books_that_do_not_add_up_or_go_below_zero_are_found(central: sqlite3.Connection, harm: str) -> None:
    central.execute(harm)
    assert books_balance.check(central)


def test_a_coupon_registered_without_points_is_found(central: sqlite3.Connection) -> None:
    central.execute("INSERT INTO vouchers_voucher VALUES ('c', 'points', 'registered')")
    assert posted_once.check_coupons(central)

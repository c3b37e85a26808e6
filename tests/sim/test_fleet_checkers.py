"""The fleet's checkers bite: each is shown a small wrong that it must name (X6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from hw_sim.checkers import coupons_once, granted_once, lost_disks, refusals, rights_within_escrow, shown_once
from hw_sim.checkers.refusals import Attempt
from hw_sim.checkers.shown_once import ShownCode
from loyalty.entries import GENESIS, Body, ClockEvidence, CouponRegistered, Entry, GrantTaken, PointsSpent
from loyalty.rights import LotRight, LotSpend

_TABLES = """
CREATE TABLE ledger_redemption (code, member_id, reward, pool_id, points, entry);
CREATE TABLE ledger_cause (id, key);
CREATE TABLE ledger_transfer (cause_id, kind, amount);
CREATE TABLE ledger_account (id, kind, terminal_id, epoch);
CREATE TABLE ledger_holding (account_id, lot_id, amount);
CREATE TABLE fleet_epochhead (terminal_id, epoch, seq);
CREATE TABLE fleet_journalclosing (terminal_id, epoch);
"""
CODE = ShownCode(code="ABC", member="anna", terminal="t", reward="loaf", pool="bread", points=50)


@pytest.fixture
def central() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(":memory:")
    database.executescript(_TABLES)
    yield database
    database.close()


def journal(*bodies: Body) -> list[Entry]:
    """A journal with these bodies; nothing but them matters here."""
    clock = ClockEvidence(wall_ms=0, monotonic_ms=0, boot_id="b")
    return [
        Entry(v=1, terminal="t", epoch=1, seq=seq, key_id="k", prev=GENESIS, clock=clock, rules="r", body=body)
        for seq, body in enumerate(bodies)
    ]


def right(points: int) -> LotRight:
    return LotRight(lot="l", member="anna", pool="bread", points=points, issuer="bakery")


def taken(points: int) -> GrantTaken:
    return GrantTaken(grant="g", request="r", member="anna", lots=(right(points),))


def spent(points: int) -> PointsSpent:
    lots = (LotSpend("l", points),)
    return PointsSpent(spend="s", member="anna", pool="bread", lots=lots, reward="loaf", company="bakery", code="ABC")


def book(central: sqlite3.Connection, *, points: int = 50, times: int = 1) -> None:
    """The redemption `CODE`, so often."""
    for number in range(times):
        row = ("ABC", "anna", "loaf", "bread", points, f"t/1/{number}")
        central.execute("INSERT INTO ledger_redemption VALUES (?, ?, ?, ?, ?, ?)", row)
        central.execute("INSERT INTO ledger_cause VALUES (?, ?)", (number, f"t/1/{number}"))
        central.execute("INSERT INTO ledger_transfer VALUES (?, 'spent', ?)", (number, points))


def escrow(central: sqlite3.Connection, points: int) -> None:
    central.execute("INSERT INTO ledger_account VALUES ('a', 'member_escrow', 't', 1)")
    central.execute("INSERT INTO ledger_holding VALUES ('a', 'l', ?)", (points,))


def test_a_code_that_was_shown_is_in_the_ledger_exactly_once(central: sqlite3.Connection) -> None:
    assert shown_once.check_codes([CODE], central)
    book(central)
    assert shown_once.check_codes([CODE], central) == []
    book(central)
    assert shown_once.check_codes([CODE], central)


def test_a_code_that_was_booked_with_other_points_is_named(central: sqlite3.Connection) -> None:
    book(central, points=49)
    assert shown_once.check_codes([CODE], central)


def test_rights_that_nobody_put_aside_are_named(central: sqlite3.Connection) -> None:
    central.execute("INSERT INTO fleet_epochhead VALUES ('t', 1, 0)")
    escrow(central, 40)
    assert rights_within_escrow.check(journal(taken(40)), central) == []
    assert rights_within_escrow.check(journal(taken(41)), central)


def test_points_that_were_spent_twice_from_the_same_rights_are_named(central: sqlite3.Connection) -> None:
    escrow(central, 50)
    assert rights_within_escrow.check(journal(taken(50), spent(50)), central) == []
    assert rights_within_escrow.check(journal(taken(50), spent(50), spent(1)), central)


def test_tables_that_differ_from_the_journal_are_named() -> None:
    assert rights_within_escrow.check_tables(journal(taken(50)), {"l": 50}) == []
    assert rights_within_escrow.check_tables(journal(taken(50), spent(50)), {"l": 50})


def test_a_grant_that_is_in_two_journals_is_named() -> None:
    assert granted_once.check_taken(journal(taken(50))) == []
    assert granted_once.check_taken([*journal(taken(50)), *journal(taken(50))])


def test_a_coupon_that_two_entries_registered_is_named() -> None:
    once = CouponRegistered(coupon="c", lot=right(5))
    assert coupons_once.check_journals(journal(once)) == []
    assert coupons_once.check_journals(journal(once, once))


def test_what_a_lost_disk_had_spent_must_be_frozen_or_written_off(central: sqlite3.Connection) -> None:
    entries = journal(taken(50), spent(50))
    central.execute("INSERT INTO fleet_epochhead VALUES ('t', 1, 0)")
    assert lost_disks.uncovered(entries, central)[1]
    escrow(central, 50)
    assert lost_disks.uncovered(entries, central) == ({"ABC"}, [])
    central.execute("DELETE FROM ledger_holding")
    central.execute("INSERT INTO fleet_journalclosing VALUES ('t', 1)")
    assert lost_disks.uncovered(entries, central) == ({"ABC"}, [])


@pytest.mark.parametrize(
    ("held", "outcome", "wrong"),
    [(50, "refused: elsewhere", True), (49, "refused: elsewhere", False), (50, "done", False), (50, "left", False)],
)
def test_v12_who_refuses_what_is_held_here_is_named(held: int, outcome: str, wrong: bool) -> None:
    attempt = Attempt(
        member="anna",
        terminal="t",
        reward="loaf",
        points=50,
        minimum=0,
        held=held,
        owned=held,
        online=False,
        may_spend_offline=True,
        outcome=outcome,
    )
    assert bool(refusals.check([attempt])) is wrong

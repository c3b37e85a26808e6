"""Every entry of a journal has arrived byte for byte and did in the ledger what it says, once; nothing else did.

A coupon that was noted offline is the one entry that may come to nothing: it promises no points.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from hw_sim.checkers.evidence import StoredEntry
from hw_sim.checkers.posted_once import promised
from loyalty.entries import CouponNoted, read_payload

_ARRIVED = "SELECT seq, payload, hash, outcome, reason FROM fleet_journalentry WHERE terminal_id = ? AND epoch = ?"
_HEAD = "SELECT seq FROM fleet_epochhead WHERE terminal_id = ? AND epoch = ?"
_BOOKED = """
SELECT t.kind, t.lot_id, t.amount FROM ledger_transfer t JOIN ledger_cause c ON c.id = t.cause_id
WHERE c.key LIKE ? AND t.lot_id IS NOT NULL AND t.kind IN ('spent', 'returned', 'coupon')
"""


def check(entries: Sequence[StoredEntry], central: sqlite3.Connection) -> list[str]:
    """What is wrong with one journal, given from its first entry, once all of it should have arrived."""
    if not entries:
        return []
    first = read_payload(entries[0].payload)
    place = f"{first.terminal}/{first.epoch}"
    wrong = _check_arrived(entries, central.execute(_ARRIVED, (first.terminal, first.epoch)).fetchall())
    wrong += _check_booked(entries, central.execute(_BOOKED, (f"{place}/%",)).fetchall())
    return [f"{place}: {told}" for told in wrong]


def check_beginning(entries: Sequence[StoredEntry], central: sqlite3.Connection, *, at_least: int) -> list[str]:
    """The same for a journal that is no longer in use: as far as it has arrived, and so many entries `at_least`."""
    if not entries:
        return []
    first = read_payload(entries[0].payload)
    row = central.execute(_HEAD, (first.terminal, first.epoch)).fetchone()
    applied = -1 if row is None else int(row[0])
    return check(entries[: max(applied + 1, at_least)], central)


def _check_arrived(entries: Sequence[StoredEntry], rows: list[tuple[int, bytes, str, str, str]]) -> list[str]:
    arrived = {seq: (bytes(payload), digest) for seq, payload, digest, _outcome, _reason in rows}
    wrong = [
        f"entry {entry.seq} has not arrived as it is"
        for entry in entries
        if arrived.get(entry.seq) != (entry.payload, entry.hash.hex())
    ]
    if len(arrived) != len(entries):
        wrong.append(f"the central system has {len(arrived)} entries, the journal {len(entries)}")
    for seq, payload, _digest, outcome, reason in rows:
        if outcome != "posted" and not isinstance(read_payload(bytes(payload)).body, CouponNoted):
            wrong.append(f"entry {seq} is in suspense: {reason}")
    return wrong


def _check_booked(entries: Sequence[StoredEntry], rows: list[tuple[str, str, int]]) -> list[str]:
    bodies = [read_payload(entry.payload).body for entry in entries]
    noted = {f"coupon-{body.coupon}" for body in bodies if isinstance(body, CouponNoted)}
    booked = Counter((kind, lot, points) for kind, lot, points in rows)
    wanted = promised(entries)
    twice = [what for what, count in booked.items() if what[1] in noted and count > 1]
    extra = [what for what in (booked - wanted) if what[1] not in noted]
    return (
        [f"not in the ledger: {count} x {what}" for what, count in (wanted - booked).items()]
        + [f"in the ledger more than once: {what}" for what in twice]
        + [f"in the ledger without an entry: {what}" for what in extra]
    )

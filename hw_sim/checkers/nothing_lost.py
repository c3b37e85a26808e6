"""What was once in a terminal's journal stays there, byte for byte, and reaches the central system."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from hw_sim.checkers.evidence import StoredEntry


def check_kept(earlier: Sequence[StoredEntry], later: Sequence[StoredEntry]) -> list[str]:
    """What an earlier look at the journal saw and a later one does not see, or sees changed."""
    kept = {entry.seq: entry for entry in later}
    return [f"journal entry {entry.seq} was lost or changed" for entry in earlier if kept.get(entry.seq) != entry]


def check_arrived(entries: Sequence[StoredEntry], central: sqlite3.Connection, *, terminal: str) -> list[str]:
    """Entries that the central system does not have, has twice, has changed, or could not post."""
    rows = central.execute(
        "SELECT seq, payload, hash, outcome, reason FROM fleet_journalentry WHERE terminal_id = ? ORDER BY epoch, seq",
        (terminal,),
    ).fetchall()
    wrong = []
    if [row[0] for row in rows] != [entry.seq for entry in entries]:
        wrong.append(f"the central system has {len(rows)} entries, the terminal {len(entries)}")
    by_seq = {entry.seq: entry for entry in entries}
    for seq, payload, digest, outcome, reason in rows:
        entry = by_seq.get(seq)
        if entry is None or bytes(payload) != entry.payload or digest != entry.hash.hex():
            wrong.append(f"entry {seq} differs between terminal and central system")
        if outcome != "posted":
            wrong.append(f"entry {seq} is in suspense: {reason}")
    return wrong

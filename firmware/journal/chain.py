"""Reads a journal's entries and checks them: each is whole, signed, and follows the one before."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.journal.errors import recording
from firmware.journal.storage import Connection
from loyalty.entries import GENESIS, Entry, check_follows, entry_hash, open_sealed
from loyalty.errors import ChainError
from loyalty.signing import Signed, SigningKey


def verified(
    database: Connection, *, key: SigningKey, after: int = -1, head: bytes = GENESIS, limit: int = -1
) -> Iterator[Entry]:
    """The entries that follow entry `after`, whose hash is `head`, at most `limit` of them (-1: all).

    Raises `SignatureError`, `WireError` or `ChainError` at the first that is not right, and `CannotRecord`
    where the file itself is damaged.
    """
    seq = after
    with recording():
        rows = database.execute(
            "SELECT seq, payload, signature, hash FROM entry WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        for stored_seq, payload, signature, stored_hash in rows:
            if not (isinstance(payload, bytes) and isinstance(signature, bytes)):
                raise ChainError(f"entry {stored_seq} is not whole")
            entry = open_sealed(Signed(payload, key.key_id, signature), public=key.public)
            check_follows(entry, head_seq=seq, head=head)
            seq, head = entry.seq, entry_hash(payload)
            if (stored_seq, stored_hash) != (seq, head):
                raise ChainError(f"entry {stored_seq} is stored under another number or hash")
            yield entry


def base_seq(database: Connection) -> int:
    """The last entry that may be gone, since it was acknowledged long ago; -1 for none."""
    return int(database.execute("SELECT seq FROM base").fetchone()[0])


def hash_of(database: Connection, seq: int) -> bytes | None:
    """The stored hash of entry `seq`; None where there is none. What follows -1 is the genesis."""
    if seq < 0:
        return GENESIS
    sql = "SELECT hash FROM entry WHERE seq = ? UNION ALL SELECT hash FROM base WHERE seq = ?"
    row = database.execute(sql, (seq, seq)).fetchone()
    return None if row is None else bytes(row[0])

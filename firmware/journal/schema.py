"""The journal's tables. What is append-only is so in the database too, not in the code alone.

`entry` is the journal. All other tables but `meta`, `acknowledged` and `known_balance` are its
consequences, written in the same transaction, and could be rebuilt from it.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from firmware.journal.storage import Connect, Connection, connect_sqlite

VERSION = 2

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY CHECK (seq >= 0),
    payload BLOB NOT NULL,
    signature BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER entry_keeps BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE acknowledged (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;
INSERT INTO acknowledged VALUES (1, -1);
CREATE TABLE lot_right (
    lot TEXT PRIMARY KEY,
    member TEXT NOT NULL,
    pool TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points > 0),
    issuer TEXT NOT NULL,
    origin TEXT NOT NULL,
    expires_ms INTEGER,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX lot_right_member ON lot_right (member);
CREATE TABLE unlocked (member TEXT, pool TEXT, PRIMARY KEY (member, pool)) STRICT, WITHOUT ROWID;
CREATE TABLE coupon_right (coupon TEXT PRIMARY KEY, member TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE taken_grant (grant_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ended_coupon (coupon TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE spend (
    seq INTEGER PRIMARY KEY, spend TEXT UNIQUE NOT NULL, member TEXT NOT NULL, reward TEXT NOT NULL,
    code TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX spend_member ON spend (member, at_ms);
CREATE TABLE change (seq INTEGER, member TEXT, pool TEXT, points INTEGER NOT NULL, PRIMARY KEY (seq, pool)) STRICT;
CREATE INDEX change_member ON change (member, seq);
CREATE TABLE known_balance (card TEXT PRIMARY KEY, member TEXT NOT NULL, balance BLOB NOT NULL) STRICT;
CREATE INDEX known_balance_member ON known_balance (member);
"""
# What came with version 2. Entries up to the base were acknowledged long ago and may be gone; the chain goes on from
# its hash. It follows what is acknowledged, and is an entry that is there: nobody can move it further.
_ADDED = """
CREATE TABLE IF NOT EXISTS receipt (
    number TEXT PRIMARY KEY, seq INTEGER NOT NULL, here INTEGER NOT NULL CHECK (here IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS receipt_part (
    number TEXT, part INTEGER, seq INTEGER NOT NULL, PRIMARY KEY (number, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE base (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
INSERT INTO base VALUES (1, -1, zeroblob(32));
CREATE TRIGGER base_follows BEFORE UPDATE ON base
WHEN NEW.seq < OLD.seq OR NEW.seq > (SELECT seq FROM acknowledged)
    OR NEW.hash IS NOT (SELECT hash FROM entry WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the base of the journal follows what is acknowledged'); END;
CREATE TRIGGER base_stays BEFORE DELETE ON base BEGIN SELECT RAISE(ABORT, 'a journal has a base'); END;
DROP TRIGGER IF EXISTS entry_stays;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry WHEN OLD.seq > (SELECT seq FROM base)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE acknowledged_on (day INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
"""
#: Every table that a journal has.
TABLES = frozenset(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", _TABLES + _ADDED))


def connect(path: Path, connect_to: Connect = connect_sqlite) -> Connection:
    """The database at `path`, with its tables; every commit is on the disk when it returns.

    Raises `sqlite3.Error` for a file that is no database of this version.
    """
    connection = connect_to(path)
    try:
        # One process owns the journal: a second one that is started by mistake is refused, not forked.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] not in ("wal", "memory"):
            # SQLite stays silently with what it had when the disk fails just now.
            raise sqlite3.OperationalError("the database does not take a write-ahead log")
        connection.execute("PRAGMA synchronous=FULL")
        # A log that is taken over often stays short: its blocks are written again, not found anew on the disk.
        connection.execute("PRAGMA wal_autocheckpoint=250")
        connection.execute("PRAGMA foreign_keys=ON")
        _create(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return
    if version not in (0, 1):
        raise sqlite3.NotSupportedError(f"journal database of version {version}, this program knows {VERSION}")
    script = _ADDED if version else _TABLES + _ADDED
    # A process killed in here leaves the old version and no table: the next start makes them again.
    connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version={VERSION}; COMMIT;")

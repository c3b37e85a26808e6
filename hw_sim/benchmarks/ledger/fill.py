"""Many entries in the books, quickly: written by the database itself, in nobody's measured time.

Every second entry is an award with a lot of its own, the one after it spends a part of that lot. Foreign keys
and, on SQLite, the disk are not waited for while filling; afterwards all is as it always is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from backend_bridge.central.ledger import accounts
from hw_sim.benchmarks.ledger import world

_CHUNK = 500_000
_MEMBERS = """
CREATE TEMPORARY TABLE bench_member (
    number integer PRIMARY KEY, member text, account text, company text, pool text, terminal text, funding text,
    redeemed text
)
"""
_SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM series WHERE n < {last})",
    "postgresql": "WITH series(n) AS (SELECT generate_series({first}::bigint, {last}::bigint))",
}
_MOMENT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 1600000000 + n, 'unixepoch')",
    "postgresql": "to_timestamp(1600000000 + n)",
}
#: Whose an entry is, its key, and the lot that it is about: what `world.filled_…` say, in SQL.
_ENTRIES = """
, entry AS (
    SELECT n, n % 2 = 1 AS gives, m.*, m.terminal || '/1/' || n AS key,
           'lot-' || m.terminal || '/1/' || ((n + 1) / 2 * 2 - 1) || '-0' AS lot, {moment} AS moment
    FROM series JOIN bench_member m ON m.number = (n + 1) / 2 * {stride} % {members}
)
"""
_INSERTS = (
    "INSERT INTO ledger_cause (id, key, kind, company_id, by, at, happened_at, payload, result) {entries}"
    " SELECT n, key, CASE WHEN gives THEN 'award' ELSE 'spend' END, company, 'terminal:' || terminal, moment, moment,"
    " '', '' FROM entry ORDER BY n",
    "INSERT INTO ledger_lot (id, unit, member_id, issuer_id, origin, expires_at, created_at) {entries}"
    " SELECT lot, pool, member, company, 'earned', NULL, moment FROM entry WHERE gives ORDER BY n",
    "INSERT INTO ledger_transfer (cause_id, line, kind, debit_id, credit_id, amount, unit, lot_id) {entries}"
    " SELECT n, 0, CASE WHEN gives THEN 'awarded' ELSE 'spent' END, CASE WHEN gives THEN funding ELSE account END,"
    " CASE WHEN gives THEN account ELSE redeemed END, CASE WHEN gives THEN {awarded} ELSE {spent} END,"
    " pool, lot FROM entry ORDER BY n",
    "INSERT INTO ledger_holding (account_id, lot_id, amount) {entries}"
    " SELECT account, lot, {awarded} - {spent} FROM entry WHERE gives ORDER BY n",
)


def fill(entries: int) -> None:
    """Write `entries` (an even number) into empty books."""
    _write_members()
    for first in range(1, entries + 1, _CHUNK):
        last = min(first + _CHUNK - 1, entries)
        with _unwatched(), transaction.atomic(), connection.cursor() as cursor:
            source = (_SERIES[connection.vendor] + _ENTRIES).format(
                first=first,
                last=last,
                moment=_MOMENT[connection.vendor],
                stride=world.STRIDE,
                members=world.MEMBERS,
            )
            for insert in _INSERTS:
                cursor.execute(insert.format(entries=source, awarded=world.AWARDED, spent=world.SPENT))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('ledger_cause', 'id'), %s)", [entries])
            # What the server's own housekeeping would have done by now.
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write_members() -> None:
    rows = []
    for number in range(world.MEMBERS):
        company, pool = world.company(number), world.pool(number)
        sources = (accounts.funding(company=company, pool=pool).id, accounts.redeemed(company=company, pool=pool).id)
        rows.append(
            (number, world.member(number), world.main(number).id, company, pool, world.terminal(number), *sources)
        )
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS)
        cursor.executemany("INSERT INTO bench_member VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows)


@contextmanager
def _unwatched() -> Iterator[None]:
    """Without the checks of foreign keys, and on SQLite with a large cache and no waiting for the disk."""
    before, after = {
        "sqlite": (
            "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000",
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = {cache}",
        ),
        "postgresql": ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cache = 0
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size")
            cache = cursor.fetchone()[0]
        for statement in before.split(";"):
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        for statement in after.format(cache=cache).split(";"):
            cursor.execute(statement)

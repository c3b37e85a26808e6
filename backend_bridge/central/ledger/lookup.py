"""What a book reads, by sets: one query for all lots, holdings or debts that many causes need.

Holdings and debts are locked as they are read, always in the same order, so that two who want the same
ones wait for each other and not in a circle. On SQLite whoever writes is alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import msgspec
from django.db import connection

from backend_bridge.central.ledger import rows
from backend_bridge.central.ledger.lots import LotFacts

_LOT = "l.id, l.unit, l.member_id, l.issuer_id, l.origin, l.expires_at, l.created_at"
_HOLDING = f"SELECT h.account_id, h.amount, {_LOT}"
_LOCK = " ORDER BY h.account_id, h.lot_id FOR UPDATE OF h"

# On SQLite a set comes as JSON: the statement stays the same for every size, so it is prepared once. CROSS JOIN
# makes it look each one up, where it would otherwise read a whole table for a large set.
_LOTS = {
    "sqlite": f"SELECT {_LOT} FROM json_each(%s) w CROSS JOIN ledger_lot l ON l.id = w.value",  # noqa: S608 - names of this module
    "postgresql": f"SELECT {_LOT} FROM ledger_lot l WHERE l.id = ANY(%s::text[])",  # noqa: S608
}
_PLACES = {
    "sqlite": f"{_HOLDING} FROM json_each(%s) w CROSS JOIN ledger_holding h"
    " ON h.lot_id = json_extract(w.value, '$[1]') AND h.account_id = json_extract(w.value, '$[0]')"
    " CROSS JOIN ledger_lot l ON l.id = h.lot_id",
    "postgresql": f"{_HOLDING} FROM unnest(%s::text[], %s::text[]) AS w(account, lot)"
    " JOIN ledger_holding h ON h.account_id = w.account AND h.lot_id = w.lot"
    f" JOIN ledger_lot l ON l.id = h.lot_id{_LOCK}",
}
# What an account holds is found by the lots of its member: holdings lie by lots.
_OF_MEMBER = "ledger_lot l ON l.member_id = a.member_id AND l.unit = a.unit"
_IN_ACCOUNT = "ledger_holding h ON h.lot_id = l.id AND h.account_id = a.id AND h.amount > 0"
_ACCOUNTS = {
    "sqlite": f"{_HOLDING} FROM json_each(%s) w CROSS JOIN ledger_account a ON a.id = w.value"
    f" CROSS JOIN {_OF_MEMBER} CROSS JOIN {_IN_ACCOUNT}",
    "postgresql": f"{_HOLDING} FROM ledger_account a JOIN {_OF_MEMBER} JOIN {_IN_ACCOUNT}"
    f" WHERE a.id = ANY(%s::text[]){_LOCK}",
}
_DEBT = "SELECT d.member_id, d.unit, d.company_id, d.amount"
_DEBTS = {
    "sqlite": f"{_DEBT} FROM json_each(%s) w CROSS JOIN ledger_debt d ON d.member_id = w.value",
    "postgresql": f"{_DEBT} FROM ledger_debt d WHERE d.member_id = ANY(%s::text[])"
    " ORDER BY d.member_id, d.unit, d.company_id FOR UPDATE",
}
_DEBTORS = {
    "postgresql": "SELECT c.id FROM customers_customer c WHERE c.id = ANY(%s::text[]) ORDER BY c.id FOR NO KEY UPDATE"
}
_OPENED = {
    "sqlite": "SELECT a.id FROM json_each(%s) w CROSS JOIN ledger_account a ON a.id = w.value",
    "postgresql": "SELECT a.id FROM ledger_account a WHERE a.id = ANY(%s::text[])",
}


class Held(msgspec.Struct, frozen=True, gc=False):
    """`amount` of `lot` in `account`."""

    account: str
    amount: int
    lot: LotFacts


def lots(wanted: Collection[str]) -> Iterator[LotFacts]:
    """The lots of these ids, as far as there are any."""
    return (_lot_facts(row) for row in read_set(_LOTS, wanted))


def holdings(places: Collection[tuple[str, str]]) -> Iterator[Held]:
    """What is held at these (account, lot), locked."""
    return (Held(row[0], row[1], _lot_facts(row[2:])) for row in read_set(_PLACES, places, columns=2))


def holdings_in(accounts: Collection[str]) -> Iterator[Held]:
    """Everything that these accounts of members hold, locked."""
    return (Held(row[0], row[1], _lot_facts(row[2:])) for row in read_set(_ACCOUNTS, accounts))


def debts(members: Collection[str]) -> list[tuple[str, str, str, int]]:
    """(member, unit, company, amount) of all that these members owe, locked.

    Where nothing is owed there is no row to lock: the members themselves are, so that nobody who gives
    points misses a debt that is just being made.
    """
    if connection.vendor == "postgresql":
        read_set(_DEBTORS, members)
    return read_set(_DEBTS, members)


def opened(accounts: Collection[str]) -> set[str]:
    """Those of these accounts that are there."""
    return {row[0] for row in read_set(_OPENED, accounts)}


def read_set(statements: dict[str, str], wanted: Collection[Any], *, columns: int = 1) -> list[Any]:
    """The rows of a statement that is given a set as JSON (SQLite), or as one array for each of `columns`."""
    if not wanted:
        return []
    vendor = connection.vendor
    if vendor == "sqlite":
        parameters = [msgspec.json.encode(list(wanted)).decode()]
    else:
        parameters = [rows.array(column) for column in (zip(*wanted, strict=True) if columns > 1 else [wanted])]
    with connection.cursor() as cursor:
        cursor.execute(statements[vendor], parameters)
        found: list[Any] = cursor.fetchall()
    return found


def _lot_facts(row: tuple[Any, ...]) -> LotFacts:
    lot, unit, member, issuer, origin, expires_at, created_at = row
    return LotFacts(lot, unit, member, issuer, origin, _aware(expires_at), _aware(created_at))


def _aware(moment: Any) -> Any:
    """SQLite's driver gives a time without a zone, which is UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=dt.UTC)

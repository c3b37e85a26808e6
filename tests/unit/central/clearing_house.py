"""Spends of network points at the demonstration's companies, posted as the central system posts them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Sum

from backend_bridge.central.clearing import lines
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Account, Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from loyalty.clearing.split import Cell
from tests.unit.central.lab import NETWORK, member

MOLEN, ZUID, KAPLE = "de-molen", "cocktailbar-zuid", "kavarna-kaple"
#: The lots of network points that the demonstration's customers have, by who gave them.
GIVEN_BY = {ZUID: ("anna", "opening-anna-2"), MOLEN: ("vera", "opening-vera-1")}
MARCH = dt.datetime.fromisoformat("2026-03-10T12:00:00+01:00")
APRIL_2 = dt.datetime.fromisoformat("2026-04-02T09:00:00+02:00")
MAY_2 = dt.datetime.fromisoformat("2026-05-02T09:00:00+02:00")
AMSTERDAM = "Europe/Amsterdam"


def network() -> Pool:
    """The pool that all companies with euros share."""
    return Pool.objects.get(pk=NETWORK)


@contextmanager
def posted(
    key: str, *, company: str | None, at: dt.datetime, happened_at: dt.datetime | None = None
) -> Iterator[Posting]:
    """One cause in a transaction of its own."""
    with transaction.atomic():
        book = Book(at=at)
        with book.cause(key=key, kind="test", company=company, by="test", happened_at=happened_at) as posting:
            yield posting
        book.close()


def spend(
    key: str,
    *,
    issuer: str,
    taker: str,
    count: int,
    at: dt.datetime = MARCH,
    happened_at: dt.datetime | None = None,
    cells: Iterable[Cell] | None = None,
) -> None:
    """A customer spends `count` of the network points that `issuer` had given at `taker`."""
    name, lot = GIVEN_BY[issuer]
    with posted(key, company=taker, at=at, happened_at=happened_at) as posting:
        main = accounts.main(member=member(name), pool=NETWORK)
        points.spend(posting, pool=network(), lots=[(lot, count)], debit=main)
        found = lines.reward_cells(network(), [(lot, count)]) if cells is None else cells
        lines.record(posting, pool=network(), cells=found, timezone=AMSTERDAM, receipt=f"bon-{key}")


def give_back(key: str, *, reference: str, issuer: str, taker: str, cells: Iterable[Cell], at: dt.datetime) -> None:
    """What was spent under the key `reference` comes back in part."""
    name, lot = GIVEN_BY[issuer]
    cells = tuple(cells)
    with posted(key, company=taker, at=at) as posting:
        main = accounts.main(member=member(name), pool=NETWORK)
        count = sum(cell.points for cell in cells)
        points.unspend(posting, pool=network(), lots=[(lot, count)], credit=main)
        lines.record_returned(posting, pool=network(), cells=cells, reference=reference, timezone=AMSTERDAM)


def clearing_balances() -> dict[str, int]:
    """What each company's clearing account has: below zero it paid."""
    found: dict[str, int] = {}
    for account in Account.objects.filter(kind=Account.Kind.CLEARING):
        credit = Transfer.objects.filter(credit=account).aggregate(total=Sum("amount"))["total"] or 0
        debit = Transfer.objects.filter(debit=account).aggregate(total=Sum("amount"))["total"] or 0
        found[str(account.company_id)] = credit - debit
    return found

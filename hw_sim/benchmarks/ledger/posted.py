"""Awards and spends by the books themselves: checked, and written with one statement per table."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from backend_bridge.central.ledger import points
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.organisation.models import Pool
from hw_sim.benchmarks.ledger import world
from hw_sim.benchmarks.ledger.world import Award, Spend


def post_awards(awards: Sequence[Award]) -> None:
    """One transaction with one cause for each award: a new lot in the member's main account."""
    with transaction.atomic():
        book = Book(at=world.AT)
        book.prefetch(
            lots=[f"lot-{one.key}-0" for one in awards],
            debtors=[(world.member(one.member), world.pool(one.member)) for one in awards],
        )
        for one in awards:
            company = world.company(one.member)
            with book.cause(key=one.key, kind="award", company=company, by=f"terminal:{one.terminal}") as posting:
                gift = points.Gift(
                    lot=posting.id("lot"),
                    member=world.member(one.member),
                    pool=world.pool(one.member),
                    points=one.points,
                    issuer=company,
                )
                points.give(posting, gift, kind=Transfer.Kind.AWARDED)
        book.close()


def post_spends(spends: Sequence[Spend], pools: dict[str, Pool]) -> None:
    """One transaction with one cause for each spend of a lot out of the member's main account."""
    with transaction.atomic():
        book = Book(at=world.AT)
        mains = [world.main(one.member) for one in spends]
        book.prefetch(places=[(main.id, one.lot) for main, one in zip(mains, spends, strict=True)])
        for main, one in zip(mains, spends, strict=True):
            company = world.company(one.member)
            with book.cause(key=one.key, kind="spend", company=company, by=f"terminal:{one.terminal}") as posting:
                points.spend(posting, pool=pools[main.unit], lots=[(one.lot, one.points)], debit=main)
        book.close()

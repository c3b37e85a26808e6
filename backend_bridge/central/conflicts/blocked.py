"""Spends with a card that was blocked already, at a terminal that did not know it yet: the company's risk (X6).

They are posted like any other spend when they come. Then this finds them, gives the member the points back, and lets
the bearer pay. An entry that does not name its card is counted only where the member had no other card to spend with.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Concat

from backend_bridge.central.acting import perform
from backend_bridge.central.conflicts.models import Conflict
from backend_bridge.central.conflicts.noting import Kind, Noted, note
from backend_bridge.central.conflicts.risk import bearer_of
from backend_bridge.central.customers.models import Card
from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.ledger.models import Redemption, Transfer
from loyalty.acts.journals import FrozenLot, RiskBorne
from loyalty.entries import PointsSpent, read_payload

_BLOCKED = Card.Status.BLOCKED


def bear_blocked(*, at: dt.datetime) -> int:
    """Let the bearers pay for what blocked cards have spent, as far as it is known at `at`; how many spends."""
    key = Concat(Value(f"{Kind.BLOCKED_CARD.value}/"), OuterRef("entry"), Value("/"), output_field=CharField())
    after_block = Card.objects.filter(customer=OuterRef("member"), status=_BLOCKED, blocked_at__lte=OuterRef("at"))
    rows = Redemption.objects.filter(Exists(after_block)).exclude(Exists(Conflict.objects.filter(key=key)))
    return sum(_bear(row, at=at) for row in rows.select_related("branch", "pool").order_by("pk"))


def _bear(row: Redemption, *, at: dt.datetime) -> bool:
    terminal, epoch, seq = row.entry.split("/")
    entries = JournalEntry.objects.select_related("terminal__branch")
    entry = entries.filter(terminal=terminal, epoch=int(epoch), seq=int(seq)).first()
    body = None if entry is None else read_payload(bytes(entry.payload)).body
    if entry is None or not isinstance(body, PointsSpent) or not _was_blocked(body, row.at):
        return False
    here = Transfer.objects.filter(cause__key=row.entry)
    if here.filter(kind=Transfer.Kind.AT_RISK).exists():
        return False  # it came late, and the member has not paid for it
    company = row.branch.company_id
    bearer = bearer_of(company)
    lots = tuple(
        FrozenLot(lot=spend.lot, member=body.member, pool=body.pool, points=spend.points) for spend in body.lots
    )
    act = RiskBorne(entry=row.entry, member=body.member, pool=body.pool, bearer=bearer, lots=lots)
    perform(act, key=f"borne/{row.entry}", company=company, by="job:blocked-cards", at=at)
    noted = Noted(
        kind=Kind.BLOCKED_CARD,
        entry=row.entry,
        happened_at=row.at,
        detail="the card was blocked before, and the terminal did not know it yet",
        points=sum(lot.points for lot in lots),
        pool=body.pool,
        bearer=bearer,
    )
    note(noted, terminal=entry.terminal, at=at)
    return True


def _was_blocked(body: PointsSpent, at: dt.datetime) -> bool:
    """Whether the card was blocked when it was spent with."""
    cards = Card.objects.filter(customer=body.member)
    if body.card:
        return cards.filter(pk=body.card, status=_BLOCKED, blocked_at__lte=at).exists()
    return not cards.exclude(status=_BLOCKED, blocked_at__lte=at).exists()

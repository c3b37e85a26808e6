"""Whether a PIN is right: asked by terminals and by companies' systems, for any card of the programme.

A try is taken before anything is compared, in a transaction of its own that is committed first. So a guess
counts whatever becomes of the request that carried it, and guesses at the same moment get no more tries
than guesses one after the other. Tries are counted twice: for the card, until a right one or a reset; and
for the company at whose places it was typed, over all cards, so that nobody tries one PIN with many cards.
"""

from __future__ import annotations

import datetime as dt
import enum
import math

import msgspec
from django.db import transaction
from django.db.models import F

from backend_bridge.central.customers import pins
from backend_bridge.central.customers.models import CardEvent, CardPin, PinTries
from backend_bridge.central.customers.models.pins import MAX_WRONG
from backend_bridge.central.customers.services.pins import in_force

#: At one company, by span in seconds: so many wrong PINs, then no PIN is judged until the span is over.
WRONG_AT_MOST = {600: 30, 86_400: 300}


class PinVerdict(enum.StrEnum):
    """What is said of a PIN. No card, no PIN and another PIN are all `WRONG`."""

    RIGHT = "right"
    #: A right one-time PIN: it pays nothing, and can be exchanged for one's own.
    MUST_CHANGE = "must_change"
    WRONG = "wrong"
    #: Too many wrong ones: nothing was compared, and nothing is until staff reset the PIN.
    BLOCKED = "blocked"
    #: Too many wrong ones at this company, with whatever cards: nothing was compared.
    TOO_MANY = "too_many"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict; where the PIN was right, the proof of it, which lasts `pins.PROOF_S`."""

    verdict: PinVerdict
    proof: str = ""
    #: After `TOO_MANY`: when to ask again.
    wait_s: int = 0


class _Try(msgspec.Struct, frozen=True):
    """A try that was taken: what to compare with, which try of the card it is, and where it was counted."""

    pin: CardPin | None
    spans: tuple[tuple[int, dt.datetime], ...]


def judge_pin(card: str, pin: str, at: dt.datetime, *, company: str, by: str) -> Judged:
    """Judge the `pin` that somebody typed at `company` with a card. Raises `RuntimeError` within a transaction.

    In somebody else's transaction a refusal would take the count of wrong tries back with it.
    """
    taken = _take_try(card, at, company=company)
    if isinstance(taken, Judged):
        return taken
    digest = None if taken.pin is None else taken.pin.digest
    right = pins.matches(digest, card, pin)
    if taken.pin is None or not right:
        _note_the_last(card, taken, company=company, by=by, at=at)
        return Judged(verdict=PinVerdict.WRONG)
    if not _clear(taken.pin, taken, company=company):
        return Judged(verdict=PinVerdict.WRONG)
    verdict = PinVerdict.RIGHT if taken.pin.one_time_until is None else PinVerdict.MUST_CHANGE
    return Judged(verdict=verdict, proof=pins.proof_of(taken.pin.digest, card=card, company=company, at=at))


def is_proved(card: str, proof: str, at: dt.datetime, *, company: str) -> bool:
    """Whether `proof` says that the card's own PIN was right at this company just now, and still is its PIN."""
    row = in_force(card, at=at)
    if row is None or row.one_time_until is not None or row.wrong >= MAX_WRONG:
        return False
    return pins.proves(proof, row.digest, card=card, company=company, at=at)


@transaction.atomic(durable=True)
def _take_try(card: str, at: dt.datetime, *, company: str) -> _Try | Judged:
    counts = _locked_counts(company, at)
    row = in_force(card, at=at, lock=True)
    if row is not None and row.wrong >= MAX_WRONG:
        return Judged(verdict=PinVerdict.BLOCKED)
    full = [one for one in counts if one.wrong >= WRONG_AT_MOST[one.span_s]]
    if full:
        ends = max(one.since + dt.timedelta(seconds=one.span_s) for one in full)
        return Judged(verdict=PinVerdict.TOO_MANY, wait_s=max(1, math.ceil((ends - at).total_seconds())))
    for one in counts:
        one.wrong += 1
        one.save(update_fields=["since", "wrong"])
    if row is not None:
        row.wrong += 1
        row.save(update_fields=["wrong"])
    return _Try(row, tuple((one.span_s, one.since) for one in counts))


def _locked_counts(company: str, at: dt.datetime) -> list[PinTries]:
    """The company's counts, begun anew where their span is over."""
    wanted = PinTries.objects.select_for_update().filter(company=company, span_s__in=WRONG_AT_MOST).order_by("span_s")
    rows = list(wanted)
    if len(rows) < len(WRONG_AT_MOST):
        new = [PinTries(company_id=company, span_s=span, since=at) for span in WRONG_AT_MOST]
        PinTries.objects.bulk_create(new, ignore_conflicts=True)
        rows = list(wanted.all())
    for row in rows:
        if at - row.since >= dt.timedelta(seconds=row.span_s):
            row.since, row.wrong = at, 0
    return rows


@transaction.atomic(durable=True)
def _clear(row: CardPin, taken: _Try, *, company: str) -> bool:
    """Give the tries back after a right PIN; False where it was reset or ended while it was compared."""
    for span, since in taken.spans:
        counted = PinTries.objects.filter(company=company, span_s=span, since=since, wrong__gt=0)
        counted.update(wrong=F("wrong") - 1)
    return CardPin.objects.filter(card=row.card_id, digest=row.digest).update(wrong=0) > 0


def _note_the_last(card: str, taken: _Try, *, company: str, by: str, at: dt.datetime) -> None:
    """The wrong PIN after which there are no more tries is kept among the card's events: who typed, where."""
    if taken.pin is not None and taken.pin.wrong >= MAX_WRONG:
        what = CardEvent.What.PIN_BLOCKED
        CardEvent.objects.create(card_id=card, what=what, at=at, by=by, company_id=company)

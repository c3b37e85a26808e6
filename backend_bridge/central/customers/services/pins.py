"""PINs at the counter of a company: set, changed, reset, and how they stand (D2).

Who may block a card may set and reset its PIN: a company that knows its customer, and the operator (no
company). Nobody learns a PIN that a customer chose. What was done, when, by whom and for which company is
kept among the card's events, without the PIN.
"""

from __future__ import annotations

import datetime as dt
import enum

import msgspec
from django.db import transaction

from backend_bridge.central.customers import pins
from backend_bridge.central.customers.contact import one_line
from backend_bridge.central.customers.errors import AlreadyDone, BadValue, NotKnown
from backend_bridge.central.customers.models import Card, CardEvent, CardPin
from backend_bridge.central.customers.models.pins import MAX_WRONG
from backend_bridge.central.customers.services.cards import the_card
from loyalty.errors import PinRefused
from loyalty.pins import check_pin

What = CardEvent.What


class PinState(enum.StrEnum):
    """How a card's PIN stands. A one-time PIN whose day has passed counts as none."""

    NONE = "none"
    ONE_TIME = "one_time"
    OWN = "own"
    BLOCKED = "blocked"


class PinTold(msgspec.Struct, frozen=True, kw_only=True):
    """A card's PIN as companies are told of it. `until`: the end of a one-time PIN."""

    card: str
    state: PinState
    set_at: dt.datetime | None = None
    until: dt.datetime | None = None
    wrong: int = 0
    wrong_at_most: int = MAX_WRONG


class PinReset(msgspec.Struct, frozen=True):
    """A one-time PIN, for the customer's eyes: told once, kept nowhere."""

    card: str
    one_time_pin: str
    until: dt.datetime

    def __repr__(self) -> str:
        return f"PinReset({self.card})"


def pin_of(*, company: str | None, card: str, at: dt.datetime) -> PinTold:
    """How the PIN of a card stands; raises `NotKnown`."""
    row = _card_of(company, card)
    return told_of(row.pk, CardPin.objects.filter(card=row).first(), at=at)


@transaction.atomic
def set_pin(*, company: str | None, card: str, pin: str, proof: str = "", by: str, at: dt.datetime) -> PinTold:
    """Give a card the PIN that its customer typed: the first one, or with the `proof` of `judge_pin` another one.

    Raises `NotKnown`, `BadValue` for a PIN that anybody would guess, and `AlreadyDone` for a card that is blocked or
    has a PIN which was not proved: that one is changed with itself, or reset.
    """
    held = _active(company, card)
    _check(pin)
    row = in_force(card, at=at)
    if row is not None:
        _check_proved(row, proof, company=company, at=at)
        if row.one_time_until is not None and pins.matches(row.digest, card, pin):
            raise BadValue("pin", "one_time", "the one-time PIN was said aloud: choose another one")
    saved = _keep(held, pins.digest_of(card, pin), until=None, at=at)
    _note(card, What.PIN_SET if row is None else What.PIN_CHANGED, company=company, by=by, at=at)
    return told_of(card, saved, at=at)


@transaction.atomic
def reset_pin(*, company: str | None, card: str, reason: str, by: str, at: dt.datetime) -> PinReset:
    """End what PIN there was, blocked or not, and give a one-time PIN to be exchanged for one's own within a day.

    Raises `NotKnown`, `BadValue` without a reason, and `AlreadyDone` for a card that is blocked.
    """
    held = _active(company, card)
    told = one_line("reason", reason, 200)
    if not told:
        raise BadValue("reason", "missing", "say why the PIN is reset")
    made, until = pins.one_time_pin(), at + pins.ONE_TIME
    _keep(held, pins.digest_of(card, made), until=until, at=at)
    _note(card, What.PIN_RESET, company=company, by=by, at=at, reason=told)
    return PinReset(card, made, until)


def in_force(card: str, *, at: dt.datetime, lock: bool = False) -> CardPin | None:
    """The card's PIN, unless it has none, or a one-time PIN whose day has passed."""
    rows = CardPin.objects.filter(card=card)
    row = (rows.select_for_update() if lock else rows).first()
    return None if row is None or _passed(row, at) else row


def told_of(card: str, row: CardPin | None, *, at: dt.datetime) -> PinTold:
    """The PIN of `row` as companies are told of it."""
    if row is None or _passed(row, at):
        return PinTold(card=card, state=PinState.NONE)
    own = PinState.OWN if row.one_time_until is None else PinState.ONE_TIME
    state = PinState.BLOCKED if row.wrong >= MAX_WRONG else own
    return PinTold(card=card, state=state, set_at=row.set_at, until=row.one_time_until, wrong=row.wrong)


def _passed(row: CardPin, at: dt.datetime) -> bool:
    return row.one_time_until is not None and at >= row.one_time_until


def _check(pin: str) -> None:
    try:
        check_pin(pin)
    except PinRefused as error:
        raise BadValue("pin", error.rule, str(error)) from None


def _check_proved(row: CardPin, proof: str, *, company: str | None, at: dt.datetime) -> None:
    if row.wrong >= MAX_WRONG:
        raise AlreadyDone("pin", "blocked", "this PIN is blocked: reset it")
    if not proof:
        raise AlreadyDone("pin", "set", "this card has a PIN: change it with the present one, or reset it")
    if not pins.proves(proof, row.digest, card=row.card_id, company=company or "", at=at):
        raise BadValue("proof", "proof", "this proves no PIN of this card, or not any more: judge it again")


def _card_of(company: str | None, card: str) -> Card:
    if company is not None:
        return the_card(company, card)
    row = Card.objects.filter(pk=card).first()
    if row is None:
        raise NotKnown("card", "known", "there is no such card")
    return row


def _active(company: str | None, card: str) -> Card:
    """The card, locked: it is not blocked and replaced while it gets a PIN."""
    _card_of(company, card)
    row = Card.objects.select_for_update().get(pk=card)
    if row.status != Card.Status.ACTIVE:
        raise AlreadyDone("card", "blocked", "this card is blocked: it gets no PIN")
    return row


def _keep(card: Card, digest: str, *, until: dt.datetime | None, at: dt.datetime) -> CardPin:
    values = {"digest": digest, "set_at": at, "one_time_until": until, "wrong": 0}
    return CardPin.objects.update_or_create(card=card, defaults=values)[0]


def _note(card: str, what: What, *, company: str | None, by: str, at: dt.datetime, reason: str = "") -> None:
    CardEvent.objects.create(card_id=card, what=what, at=at, by=by, company_id=company, reason=reason)

"""PINs of cards (D2): how they stand, set, changed, reset, and judged.

Judging takes no idempotency key, and is in no transaction of the request: a try counts however the request ends.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from django.conf import settings
from pydantic import Field, StringConstraints

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import PLAIN, Shown, Wanted
from backend_bridge.central.api.sections.customer_bodies import CardNumber, CardPath
from backend_bridge.central.customers import cards as card_numbers
from backend_bridge.central.customers.errors import named
from backend_bridge.central.customers.services import judging_pins, pins
from backend_bridge.central.data_dir import DataDir

section = Section("pins", "PINs of cards. No answer holds one, but the one-time PIN of a reset, once.")

Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$")]
Proof = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}-[0-9a-f]{32}$")]


class PinWanted(Wanted):
    """The PIN that the customer typed, twice, at the counter's keypad."""

    pin: Pin = Field(description="4 to 8 digits; no repetition, no counting, no year.")
    proof: Proof | None = Field(
        default=None, description="Where the card has a PIN: the proof of it, from judging the present one."
    )


class PinResetWanted(Wanted):
    """Why a PIN is reset: forgotten, blocked after wrong ones …"""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)] = Field(
        description="In the company's own words, without personal data."
    )


class PinTyped(Wanted):
    """A card in hand, and what its bearer typed."""

    card: CardNumber = Field(description="Its number, as a reader shows it.")
    pin: Pin


class PinShown(Shown):
    """How a card's PIN stands."""

    card: str
    state: str = Field(description="`none`, `own`, `one_time`: to be changed, or `blocked`: after too many wrong ones.")
    set_at: dt.datetime | None = Field(default=None, description="When it was set, changed or reset.")
    until: dt.datetime | None = Field(default=None, description="Of a one-time PIN: when it ends.")
    wrong: int = Field(description="Wrong tries since the last right one.")
    wrong_at_most: int = Field(description="With so many it is blocked until it is reset.")


class PinResetShown(Shown):
    """A one-time PIN, for the customer alone. It pays nothing; it can be exchanged for one's own."""

    card: str
    one_time_pin: str
    until: dt.datetime


class PinJudged(Shown):
    """What is said of a PIN. A card that nobody knows, a card without a PIN and a wrong PIN are told alike."""

    verdict: str = Field(description="`right`, `must_change`, `wrong`, `blocked`, or `too_many`: ask after `wait_s`.")
    proof: Proof | None = Field(
        default=None, description="Of a right PIN, for 2 minutes: to change the PIN, or to pay with the card."
    )
    wait_s: int = Field(default=0, description="After `too_many`: how long no PIN is judged for this company.")


@section.get("/cards/{card}/pin", scope="cards:pin")
def read_pin(call: Call, card: CardPath) -> PinShown:
    """Whether a card has a PIN, since when, and how many wrong ones were tried."""
    return _shown(pins.pin_of(company=call.company, card=card, at=call.at))


@section.post("/cards/{card}/pin", scope="cards:pin", status=200)
def set_pin(call: Call, card: CardPath, wanted: PinWanted) -> PinShown:
    """Give a card the PIN that its customer typed: the first one, or with the proof of the present one another one."""
    told = pins.set_pin(
        company=call.company,
        card=card,
        pin=wanted.pin,
        proof=wanted.proof or "",
        by=call.caller.by,
        at=call.at,
    )
    return _shown(told)


@section.post("/cards/{card}/pin/reset", scope="cards:pin", kept=False)
def reset_pin(call: Call, card: CardPath, wanted: PinResetWanted) -> PinResetShown:
    """End a PIN that was forgotten or blocked, and get a one-time PIN, which the customer changes within a day."""
    told = pins.reset_pin(company=call.company, card=card, reason=wanted.reason, by=call.caller.by, at=call.at)
    return PinResetShown(card=told.card, one_time_pin=told.one_time_pin, until=told.until)


@section.ask("/pins/judging", scope="cards:pin-judge")
def judge_pin(call: Call, typed: PinTyped) -> PinJudged:
    """Whether a PIN is right. Each try counts: after 5 wrong ones the PIN is blocked until it is reset."""
    with named("card"):
        card = card_numbers.token_of(typed.card, DataDir(settings.DATA).cards_key())
    told = judging_pins.judge_pin(card, typed.pin, call.at, company=call.company, by=call.caller.by)
    return PinJudged(verdict=told.verdict.value, proof=told.proof or None, wait_s=told.wait_s)


def _shown(told: pins.PinTold) -> PinShown:
    return PinShown(**msgspec.structs.asdict(told))

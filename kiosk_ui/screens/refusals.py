"""The words for every reason to refuse: a title and a sentence, without blame, with a way on."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.terminal.model import Reason
from kiosk_ui.text import mark


@dataclass(frozen=True)
class Words:
    """How a refusal is told. `dated` stands instead of `sentence` where it is known {when}."""

    icon: str
    title: str
    sentence: str
    dated: str = ""


_STAFF = mark("Please ask our staff: they will gladly help.")
_SAFE = mark("Nothing was taken from your account. Please try again in a moment.")

WORDS: dict[Reason, Words] = {
    Reason.CARD_UNKNOWN: Words("card", mark("We do not know this card yet"), _STAFF),
    Reason.CARD_BLOCKED: Words(
        "lock",
        mark("This card is blocked"),
        mark("Please ask our staff. Your points are not lost."),
        mark("It has been blocked since {when}. Please ask our staff: your points are not lost."),
    ),
    Reason.NOT_ENOUGH_POINTS: Words("star", mark("A few points are missing"), mark("Soon there will be enough.")),
    Reason.BELOW_MINIMUM: Words(
        "star", mark("A few points are missing"), mark("These points can be spent once there are enough of them.")
    ),
    Reason.POOL_NOT_ACCEPTED: Words(
        "star", mark("These points do not count here"), mark("They stay on your account, for use elsewhere.")
    ),
    Reason.TRUST_TOO_LOW: Words("person", mark("This card cannot spend points here by itself"), _STAFF),
    Reason.ELSEWHERE: Words(
        "clock",
        mark("Your points are held by another terminal"),
        mark("Nothing was taken from your account. Please try again in a few minutes, or ask our staff."),
    ),
    Reason.NEEDS_CONNECTION: Words(
        "no-network",
        mark("This needs a connection"),
        mark("There is none just now. Nothing was taken from your account."),
    ),
    Reason.NO_ANSWER: Words("no-network", mark("There was no answer"), _SAFE),
    Reason.NO_BALANCE_OFFLINE: Words(
        "no-network",
        mark("Your balance is not known here"),
        mark("There is no connection just now. Your points are safe: please try again later, or ask our staff."),
    ),
    Reason.CLOCK_UNKNOWN: Words(
        "clock",
        mark("The time is not known here"),
        mark("With a connection the clock sets itself. Until then your points stay safe on your account."),
    ),
    Reason.LIST_TOO_OLD: Words(
        "no-network",
        mark("Too long without a connection"),
        mark("Points can be spent here again once it is back. Nothing was taken from your account."),
    ),
    Reason.NOT_CONFIRMED: Words(
        "no-network",
        mark("This terminal has just been restarted"),
        mark("It must connect once before points can be spent here. Nothing was taken from your account."),
    ),
    Reason.CATCHING_UP: Words(
        "clock",
        mark("Our system is being restored"),
        mark("Your points are safe and can be spent again soon. Please try later, or ask our staff."),
    ),
    Reason.COUPON_FOREIGN: Words(
        "ticket",
        mark("This is not one of our coupons"),
        mark("The code belongs to something else. Please try another one."),
    ),
    Reason.COUPON_DAMAGED: Words(
        "ticket", mark("This coupon could not be read"), mark("Please hold it flat and try again, or ask our staff.")
    ),
    Reason.COUPON_FORGED: Words("ticket", mark("This coupon cannot be accepted"), _STAFF),
    Reason.COUPON_UNKNOWN_KEY: Words(
        "ticket", mark("This coupon cannot be checked here"), mark("Please try again later, or ask our staff.")
    ),
    Reason.COUPON_UNKNOWN: Words("ticket", mark("We do not know this coupon"), _STAFF),
    Reason.COUPON_USED: Words(
        "ticket",
        mark("This coupon has been used already"),
        mark("Each coupon can be registered once. If it was not you, please ask our staff."),
        mark("It was registered: {when}. If it was not you, please ask our staff."),
    ),
    Reason.COUPON_EXPIRED: Words(
        "clock",
        mark("This coupon has expired"),
        mark("It can no longer be registered."),
        mark("It was valid until: {when}."),
    ),
    Reason.COUPON_CANCELLED: Words("ticket", mark("This coupon is no longer valid"), _STAFF),
    Reason.COUPON_ELSEWHERE: Words(
        "clock",
        mark("Another terminal is using this coupon"),
        mark("Please try again in a few minutes, or ask our staff."),
    ),
    Reason.COUPON_NOTED_ALREADY: Words(
        "clock",
        mark("This coupon is noted already"),
        mark("Its points come when the connection is back. Nothing more is needed."),
    ),
    Reason.NO_COUPON_SEEN: Words(
        "scan", mark("The camera saw no coupon"), mark("Please try again: hold the code still, a hand's width away.")
    ),
    Reason.CAMERA_TROUBLE: Words("camera", mark("The camera does not work just now"), _STAFF),
    Reason.CANNOT_RECORD: Words(
        "warning",
        mark("This could not be recorded"),
        mark("So nothing was booked, and nothing was taken. Please ask our staff."),
    ),
    Reason.OTHER: Words(
        "warning", mark("That did not work"), mark("Nothing was taken from your account. Please ask our staff.")
    ),
}

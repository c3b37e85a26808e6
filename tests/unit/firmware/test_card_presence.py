"""Polls in, arrivals and departures out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.hal.drivers.card_presence import MISSES_UNTIL_LEFT, CardPresence, Change

ONE, TWO = b"\x04\x01\x02\x03\x04\x05\x06", b"\x01\x02\x03\x04"
RANDOM_A, RANDOM_B = b"\x08\x11\x22\x33", b"\x08\x44\x55\x66"


def test_a_card_that_stays_arrives_once() -> None:
    presence = CardPresence()
    assert presence.seen(ONE) == Change(arrived=ONE)
    assert presence.seen(ONE) == Change()


def test_a_single_missed_poll_is_not_a_departure() -> None:
    presence = CardPresence()
    presence.seen(ONE)
    assert presence.seen(None) == Change()
    assert presence.seen(ONE) == Change()


def test_a_card_that_is_gone_leaves_once() -> None:
    presence = CardPresence()
    presence.seen(ONE)
    changes = [presence.seen(None) for _ in range(MISSES_UNTIL_LEFT + 3)]
    assert [change for change in changes if change != Change()] == [Change(left=ONE)]


def test_a_quick_swap_is_a_departure_and_an_arrival() -> None:
    presence = CardPresence()
    presence.seen(ONE)
    assert presence.seen(TWO) == Change(left=ONE, arrived=TWO)


def test_a_phone_that_changes_its_random_uid_stays_one_laying_on() -> None:
    presence = CardPresence()
    presence.seen(RANDOM_A)
    assert presence.seen(RANDOM_B) == Change()
    assert presence.forgotten() == Change(left=RANDOM_A)


def test_what_is_forgotten_arrives_anew() -> None:
    presence = CardPresence()
    presence.seen(ONE)
    assert presence.forgotten() == Change(left=ONE)
    assert presence.forgotten() == Change()
    assert presence.seen(ONE) == Change(arrived=ONE)


@given(st.lists(st.sampled_from([None, ONE, TWO, RANDOM_A, RANDOM_B]), max_size=60))
def test_departures_and_arrivals_always_alternate(polls: list[bytes | None]) -> None:
    presence, lying = CardPresence(), None
    for uid in polls:
        change = presence.seen(uid)
        if change.left is not None:
            assert change.left == lying
            lying = None
        if change.arrived is not None:
            assert lying is None
            lying = change.arrived
    assert presence.forgotten() == Change(left=lying)

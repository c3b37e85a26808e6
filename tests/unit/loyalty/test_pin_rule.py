"""D2: which PINs a card may have."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loyalty.errors import PinRefused
from loyalty.pins import LONGEST, SHORTEST, check_pin

DIGITS = "0123456789"
pins = st.text(DIGITS, min_size=SHORTEST, max_size=LONGEST)


def rule_of(pin: str) -> str:
    """The rule that a PIN breaks, or nothing."""
    try:
        return check_pin(pin).removeprefix(pin)
    except PinRefused as error:
        return error.rule


@pytest.mark.parametrize(
    ("pin", "rule"),
    [
        ("", "digits"),
        ("123", "digits"),
        ("593718204", "digits"),
        ("59a7", "digits"),
        ("5937 ", "digits"),
        ("5937\n", "digits"),
        ("٥٩٣٧", "digits"),
        ("0000", "repeated"),
        ("77777777", "repeated"),
        ("1212", "repeated"),
        ("593593", "repeated"),
        ("59375937", "repeated"),
        ("1234", "counting"),
        ("12345678", "counting"),
        ("7890", "counting"),
        ("4321", "counting"),
        ("2109", "counting"),
        ("1987", "year"),
        ("2026", "year"),
        ("2580", "keypad"),
        ("0852", "keypad"),
        ("5937", ""),
        ("1122", ""),
        ("2468", ""),
        ("19871", ""),
        ("2100", ""),
    ],
)
def test_d2_a_pin_that_anybody_would_guess_is_refused_by_its_rule(pin: str, rule: str) -> None:
    assert rule_of(pin) == rule


@given(st.text(max_size=12))
@example("²³¹⁴")
def test_d2_only_four_to_eight_digits_are_a_pin(text: str) -> None:
    if rule_of(text) != "digits":
        assert SHORTEST <= len(text) <= LONGEST
        assert set(text) <= set(DIGITS)


@given(st.text(DIGITS, min_size=1, max_size=4), st.integers(2, 8))
def test_d2_no_group_over_and_over_is_a_pin(group: str, times: int) -> None:
    pin = group * times
    if SHORTEST <= len(pin) <= LONGEST:
        assert rule_of(pin) == "repeated"


@given(st.integers(0, 9), st.integers(SHORTEST, LONGEST), st.sampled_from([1, -1]))
def test_d2_no_counting_is_a_pin_wherever_it_begins(first: int, length: int, step: int) -> None:
    assert rule_of("".join(str((first + step * number) % 10) for number in range(length))) == "counting"


@given(pins)
def test_d2_what_is_refused_forwards_is_refused_backwards_but_for_years(pin: str) -> None:
    """The rules are about patterns of a hand, which has no direction."""
    assert {rule_of(pin), rule_of(pin[::-1])} - {"year"} in (set(), {""}, {"repeated"}, {"counting"}, {"keypad"})


@given(pins)
def test_d2_a_refusal_does_not_repeat_what_was_chosen(pin: str) -> None:
    try:
        check_pin(pin)
    except PinRefused as error:
        told = str(error)
    else:
        told = ""
    assert pin not in told


def test_d2_of_ten_thousand_pins_nearly_all_are_left() -> None:
    left = [pin for pin in (f"{number:04d}" for number in range(10_000)) if not rule_of(pin)]

    assert 9_600 < len(left) < 9_700

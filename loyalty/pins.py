"""Which PINs a card may have. What everybody tries first is refused, with a sentence that says why.

The rule is short, so that it can be said at the counter: 4 to 8 digits; not one digit or one group over and
over (0000, 1212, 123123); not counting up or down (1234, 8901, 4321); no year (1900 to 2099); not the middle
of a keypad (2580, 0852). Dates without a year are not refused: that would be 366 of 10,000 PINs, and nobody
here knows whose birthday is when.
"""

from __future__ import annotations

import itertools
import re

from loyalty.errors import PinRefused

SHORTEST, LONGEST = 4, 8
_FORM = re.compile(rf"[0-9]{{{SHORTEST},{LONGEST}}}")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_MIDDLE = frozenset({"2580", "0852"})


def check_pin(pin: str) -> str:
    """`pin` itself; raises `PinRefused`, which never repeats what was chosen."""
    if not _FORM.fullmatch(pin):
        raise PinRefused("digits", f"a PIN has {SHORTEST} to {LONGEST} digits, and nothing else")
    if _repeats(pin):
        raise PinRefused("repeated", "a PIN is not the same digit, or the same group of digits, over and over")
    if _counts(pin):
        raise PinRefused("counting", "a PIN does not count up or down")
    if _YEAR.fullmatch(pin):
        raise PinRefused("year", "a PIN is not a year")
    if pin in _MIDDLE:
        raise PinRefused("keypad", "a PIN is not the middle row of the keys")
    return pin


def _repeats(pin: str) -> bool:
    sizes = (size for size in range(1, len(pin) // 2 + 1) if len(pin) % size == 0)
    return any(pin == pin[:size] * (len(pin) // size) for size in sizes)


def _counts(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    return steps in ({1}, {9})

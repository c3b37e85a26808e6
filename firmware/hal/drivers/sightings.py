"""When a code that was read counts as seen, and when it may be told again.

Decides: a code is certain in two equal frames or with one valid signature, and is told once until
it has left the picture for a second. Reads no picture and no clock: what a frame showed, and when,
comes in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

ABSENCE_MS = 1000


@dataclass(frozen=True)
class Code:
    """What a decoder read, and in which symbology; a code in another symbology is another code."""

    text: str
    symbology: str


class Sightings:
    """The memory of one time awake; a scanner that slept begins with a new one.

    `is_signed` says whether a text carries a valid signature, which no misread text does.
    """

    def __init__(self, *, is_signed: Callable[[str], bool], absence_ms: int = ABSENCE_MS) -> None:
        self._is_signed = is_signed
        self._absence_ms = absence_ms
        # Each code that was told, with the time since which the picture lacks it.
        self._told: dict[Code, int | None] = {}
        # What the last frame that showed any code had and is not certain yet.
        self._candidates: frozenset[Code] = frozenset()
        self._candidates_ms = 0

    @property
    def undecided(self) -> bool:
        """Whether another frame is wanted soon, to confirm what the last one showed."""
        return bool(self._candidates)

    def observe(self, codes: Iterable[Code], *, at_ms: int, still: bool = False) -> list[Code]:
        """Take in what one frame showed, and return what is to be told now.

        `still` says that the picture has not changed since the frame before: a code that is not
        read in it was missed by the decoder and has not left.
        """
        seen = list(dict.fromkeys(codes))
        self._follow_told(frozenset(seen), at_ms=at_ms, still=still)
        fresh = [code for code in seen if code not in self._told and self._is_certain(code, at_ms)]
        self._told.update(dict.fromkeys(fresh))
        # A frame without any code is mostly a blurred one, so it does not part two equal ones; a frame
        # with another code does: then the decoder guesses.
        if seen:
            self._candidates = frozenset(seen) - self._told.keys()
            self._candidates_ms = at_ms
        elif self._is_stale(at_ms):
            self._candidates = frozenset()
        return fresh

    def _is_certain(self, code: Code, at_ms: int) -> bool:
        seen_before = code in self._candidates and not self._is_stale(at_ms)
        return seen_before or self._is_signed(code.text)

    def _is_stale(self, at_ms: int) -> bool:
        return at_ms - self._candidates_ms >= self._absence_ms

    def _follow_told(self, seen: frozenset[Code], *, at_ms: int, still: bool) -> None:
        for code, missing_ms in list(self._told.items()):
            if missing_ms is not None and at_ms - missing_ms >= self._absence_ms:
                del self._told[code]
            elif code in seen:
                self._told[code] = None
            elif missing_ms is None and not still:
                self._told[code] = at_ms

"""What is to be reversed: everything that is left, or some of some lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import MOST_MINOR
from loyalty.receipts.receipt import Line
from loyalty.reversal.errors import MalformedReversal, MoreThanLeft, ReversedAlready, UnknownLine

_PIECES = 10**6


class ReverseLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is left of a line, or `quantity` pieces of it, or `gross_minor` of its price; not both."""

    line: Annotated[int, Meta(ge=1, le=10**6)]
    quantity: Annotated[int, Meta(ge=1, le=_PIECES)] | None = None
    gross_minor: Annotated[int, Meta(ge=1, le=MOST_MINOR)] | None = None


class ReversalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`lines` None: everything that is left of the receipt."""

    lines: Annotated[tuple[ReverseLine, ...], Meta(min_length=1, max_length=500)] | None = None


class Portion(msgspec.Struct, frozen=True):
    """Pieces of a line, and what of its gross amount they are."""

    quantity: int
    gross_minor: int

    def __bool__(self) -> bool:
        return bool(self.quantity or self.gross_minor)


def portions(request: ReversalRequest, lines: Iterable[Line], before: Mapping[int, Portion]) -> dict[int, Portion]:
    """What is reversed of each line, by number; `before` is what was reversed of it earlier.

    Pieces come with their share of what is left of the price, rounded down; the last ones with all of it.
    A gross amount comes with pieces only when it is the last one. Raises `ReversalError`.
    """
    left = {line.line: _left(line, before.get(line.line)) for line in lines}
    if request.lines is None:
        return {number: portion for number, portion in sorted(left.items()) if portion}
    if not request.lines:
        raise MalformedReversal("lines", "at least one line is wanted")
    found: dict[int, Portion] = {}
    for at, wanted in enumerate(request.lines):
        if wanted.line not in left:
            raise UnknownLine(f"lines[{at}].line", f"the receipt has no line {wanted.line}")
        if wanted.line in found:
            raise MalformedReversal(f"lines[{at}].line", f"line {wanted.line} is there twice")
        found[wanted.line] = _portion(wanted, left[wanted.line], f"lines[{at}]")
    return dict(sorted(found.items()))


def _left(line: Line, before: Portion | None) -> Portion:
    if before is None:
        return Portion(line.quantity, line.gross_minor)
    return Portion(line.quantity - before.quantity, line.gross_minor - before.gross_minor)


def _portion(wanted: ReverseLine, left: Portion, path: str) -> Portion:
    if not left:
        raise ReversedAlready(f"{path}.line", f"line {wanted.line} is reversed already")
    if wanted.quantity is not None and wanted.gross_minor is not None:
        raise MalformedReversal(f"{path}.gross_minor", "either a quantity or an amount, not both")
    if wanted.quantity is not None:
        _within(f"{path}.quantity", wanted.quantity, left.quantity)
        return Portion(wanted.quantity, left.gross_minor * wanted.quantity // left.quantity)
    if wanted.gross_minor is not None:
        _within(f"{path}.gross_minor", wanted.gross_minor, left.gross_minor)
        return left if wanted.gross_minor == left.gross_minor else Portion(0, wanted.gross_minor)
    return left


def _within(path: str, wanted: int, left: int) -> None:
    if wanted < 1:
        raise MalformedReversal(path, f"at least 1 is wanted, not {wanted}")
    if wanted > left:
        raise MoreThanLeft(path, f"{wanted} is wanted, {left} is left")

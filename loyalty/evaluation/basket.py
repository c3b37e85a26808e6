"""A receipt while it is being worked on: what is still to be paid on each line, and by what it was lowered.

Decides no rule. Lines are in the order of their numbers, so that a lower position is a lower number.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from loyalty.allocation import allocate
from loyalty.evaluation.result import Share
from loyalty.receipts.receipt import MERCHANDISE, Line, LineKind, Receipt

Positions = tuple[int, ...]


class Basket:
    """`left` is what is still to be paid on each line; the other lists add up what lowered it."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt.receipt
        self.lines: Sequence[Line] = sorted(receipt.lines, key=_number)
        count = len(self.lines)
        self.left = [line.gross_minor for line in self.lines]
        self.pieces = [line.quantity for line in self.lines]
        self.discount = [0] * count
        self.voucher = [0] * count
        self.points = [0] * count
        self.reduction = [0] * count
        self.prepaid = [0] * count
        self._positions: dict[int, Positions] = {}
        self._articles: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self.goods = self.services = 0
        self._sort_lines()

    def _sort_lines(self) -> None:
        for position, line in enumerate(self.lines):
            if line.kind not in MERCHANDISE:
                continue
            bit = 1 << position
            if line.kind is LineKind.GOODS:
                self.goods |= bit
            else:
                self.services |= bit
            self._articles[line.article] = self._articles.get(line.article, 0) | bit
            if line.group:
                self._groups[line.group] = self._groups.get(line.group, 0) | bit

    def covered(self, articles: Collection[str], groups: Collection[str]) -> int:
        """The lines with one of the articles or groups, as bits; all merchandise where none is named."""
        if not articles and not groups:
            return self.goods | self.services
        mask = _found(self._groups, groups) if groups else 0
        return mask | _found(self._articles, articles) if articles else mask

    def positions(self, mask: int) -> Positions:
        """The positions of the lines in `mask`, in order."""
        known = self._positions.get(mask)
        if known is None:
            found, rest = [], mask
            while rest:
                lowest = rest & -rest
                found.append(lowest.bit_length() - 1)
                rest ^= lowest
            known = self._positions[mask] = tuple(found)
        return known

    def open_on(self, positions: Positions) -> int:
        """What is still to be paid on these lines."""
        left = self.left
        return sum([left[one] for one in positions])

    def lower(self, amount: int, positions: Positions, *kinds: list[int]) -> tuple[Share, ...]:
        """Allocate `amount` to lines by what is open on them, and note it in each of `kinds`."""
        parts = allocate(amount, [self.left[one] for one in positions])
        return self.lower_by(parts, positions, *kinds)

    def lower_by(self, parts: Sequence[int], positions: Positions, *kinds: list[int]) -> tuple[Share, ...]:
        """The same with parts that are divided already."""
        shares = []
        left, lines = self.left, self.lines
        for position, part in zip(positions, parts, strict=True):
            if not part:
                continue
            left[position] -= part
            if left[position] < 0:
                raise AssertionError(f"line {lines[position].line} would become negative")
            for kind in kinds:
                kind[position] += part
            shares.append(Share(lines[position].line, part))
        return tuple(shares)


def _number(line: Line) -> int:
    return line.line


def _found(known: Mapping[str, int], wanted: Collection[str]) -> int:
    mask = 0
    if len(wanted) > len(known):
        wanted = known.keys() & wanted
    for one in wanted:
        if one in known:
            mask |= known[one]
    return mask

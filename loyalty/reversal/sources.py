"""What a line's gross amount consists of: its discounts, its payments by voucher and points, and money.

A part of a line comes back as the same part of each, by largest remainder over what is left of them
(ties: discounts, vouchers and points in the order of the receipt, then money). So nothing is ever below
zero, each part is exact, and everything together is exactly what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from loyalty.allocation import allocate
from loyalty.evaluation.result import Evaluation, Share
from loyalty.reversal.errors import RecordMismatch
from loyalty.reversal.record import SoldReceipt, VatEffect
from loyalty.reversal.request import Portion
from loyalty.reversal.result import Reversal

PURCHASED = "purchased"
#: Minor units by line.
ByLine = dict[int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """One part of the lines' gross amounts. `at` is its place among the discounts or the payments."""

    kind: Literal["discount", "voucher", "points", "money"]
    at: int
    effect: VatEffect | None
    minor: Mapping[int, int]


def sources(sold: SoldReceipt) -> tuple[Source, ...]:
    """The parts of all lines; raises `RecordMismatch` where they are not the whole lines."""
    evaluation = sold.evaluation
    found = [Source("discount", at, None, _by_line(one.shares)) for at, one in enumerate(evaluation.discounts)]
    classes = {one.voucher: one.effect for one in sold.vouchers}
    for at, paid in enumerate(evaluation.paid):
        if paid.type == "voucher":
            if paid.id not in classes:
                raise RecordMismatch("vouchers", f"the VAT class of voucher {paid.id!r} is missing")
            found.append(Source("voucher", at, classes[paid.id], _by_line(paid.shares)))
        elif paid.type == "points":
            effect = VatEffect.TAXED if paid.origin == PURCHASED else VatEffect.REDUCTION
            found.append(Source("points", at, effect, _by_line(paid.shares)))
    money = {line.line: line.paid_minor for line in evaluation.lines}
    found.append(Source("money", 0, VatEffect.TAXED, money))
    _check(sold, found)
    return tuple(found)


def reversed_before(earlier: Iterable[Reversal], parts: tuple[Source, ...], evaluation: Evaluation) -> list[ByLine]:
    """What came back earlier of each source, by line; raises `RecordMismatch` for more than there was."""
    sums: list[ByLine] = [{} for _ in parts]
    for source, minor in zip(parts, sums, strict=True):
        for reversal in earlier:
            for share in _shares(reversal, source, evaluation):
                minor[share.line] = minor.get(share.line, 0) + share.minor
                if minor[share.line] > source.minor.get(share.line, 0):
                    raise RecordMismatch("earlier", f"more of line {share.line} came back than there was")
    return sums


def reverse_lines(portions: Mapping[int, Portion], parts: tuple[Source, ...], before: list[ByLine]) -> list[ByLine]:
    """What comes back now of each source, by line."""
    now: list[ByLine] = [{} for _ in parts]
    for line, portion in portions.items():
        left = [source.minor.get(line, 0) - gone.get(line, 0) for source, gone in zip(parts, before, strict=True)]
        if not portion.gross_minor:
            continue
        if portion.gross_minor > sum(left):
            raise RecordMismatch("earlier", f"more of line {line} came back than there was")
        for minor, part in zip(now, allocate(portion.gross_minor, left), strict=True):
            if part:
                minor[line] = part
    return now


def shares_of(minor: Mapping[int, int]) -> tuple[Share, ...]:
    """Amounts by line as shares, in the order of the lines."""
    return tuple(Share(line, minor[line]) for line in sorted(minor))


def added(one: Mapping[int, int], other: Mapping[int, int]) -> ByLine:
    """Two amounts by line together."""
    return {line: one.get(line, 0) + other.get(line, 0) for line in one.keys() | other.keys()}


def _shares(reversal: Reversal, source: Source, evaluation: Evaluation) -> tuple[Share, ...]:
    if source.kind == "discount":
        wanted = evaluation.discounts[source.at]
        return _first(one.shares for one in reversal.discounts if (one.kind, one.id) == (wanted.kind, wanted.id))
    if source.kind == "voucher":
        return _first(one.shares for one in reversal.vouchers if one.payment == source.at)
    if source.kind == "points":
        return _first(one.shares for one in reversal.points if one.payment == source.at)
    return tuple(Share(line.line, line.paid_minor) for line in reversal.lines if line.paid_minor)


def _first(found: Iterable[tuple[Share, ...]]) -> tuple[Share, ...]:
    return next(iter(found), ())


def _by_line(shares: Iterable[Share]) -> ByLine:
    return {share.line: share.minor for share in shares}


def _check(sold: SoldReceipt, found: list[Source]) -> None:
    results = {line.line: line for line in sold.evaluation.lines}
    if results.keys() != {line.line for line in sold.lines}:
        raise RecordMismatch("lines", "the lines are not those of the evaluation")
    for line in sold.lines:
        whole = sum(source.minor.get(line.line, 0) for source in found)
        if not whole == line.gross_minor == results[line.line].gross_minor:
            raise RecordMismatch("lines", f"the parts of line {line.line} do not add up")

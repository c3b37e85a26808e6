"""One price reduction on the lines it covers: how much it takes off, and from which line.

The order is always: pieces that are free, then percentages, then amounts. A percentage is taken of the
price after free pieces and before other percentages, so that percentages add up; nothing takes off
more than is left. That order is also the one that takes off most.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty.allocation import allocate, half_up
from loyalty.benefits import AmountOff, FreeGoods, FreeService, PastOff, PercentOff, PriceReduction
from loyalty.evaluation.basket import Basket, Positions
from loyalty.evaluation.terms import Terms

FREE, PERCENT, AMOUNT = 0, 1, 2


@dataclass(slots=True, eq=False)
class Prices:
    """What lines still cost, and their pieces that are not free. `base` is what they cost after the free
    pieces, of which percentages are taken; None as long as there may be more free pieces."""

    left: list[int]
    pieces: list[int]
    base: list[int] | None = None

    def copy(self) -> Prices:
        """The same, to go on from."""
        return Prices(self.left[:], self.pieces[:], self.base)


@dataclass(slots=True, eq=False)
class Candidate:
    """A price reduction that could apply. `alone_minor` is what it takes off by itself, which it can
    never exceed beside others; `budget` is the most that it may take off, or None. `burns` is 1 where
    taking it uses a voucher up."""

    terms: Terms
    rank: int
    number: int
    positions: Positions
    combinable: bool
    group: str
    budget: int | None
    burns: int
    alone_minor: int
    sort_key: tuple[int, int, str, str]

    @property
    def affordable(self) -> bool:
        """Whether its budget allows what it takes off by itself."""
        return self.budget is None or self.alone_minor <= self.budget


def candidate(
    benefit: PriceReduction, terms: Terms, basket: Basket, *, group: str, budget: int | None, burns: bool
) -> Candidate | None:
    """The reduction on this basket; None where it covers nothing. `burns`: using it uses a voucher up."""
    mask = basket.covered(terms.articles, terms.article_groups)
    match benefit:
        case PercentOff():
            rank, number = PERCENT, benefit.rate_bp
        case AmountOff():
            rank, number = AMOUNT, benefit.amount_minor
        case PastOff():
            rank, number = AMOUNT, benefit.value_minor
        case FreeGoods():
            rank, number, mask = FREE, benefit.pieces, mask & basket.goods
        case FreeService():
            rank, number, mask = FREE, benefit.pieces, mask & basket.services
    if not mask:
        return None
    positions = basket.positions(mask)
    covered = basket.open_on(positions)
    alone = sum(take_pieces(number, positions, basket, keep=True)) if rank == FREE else _most(rank, number, covered)
    return Candidate(
        terms=terms,
        rank=rank,
        number=number,
        positions=positions,
        combinable=benefit.combinable,
        group=group,
        budget=budget,
        burns=1 if burns else 0,
        alone_minor=alone,
        # Narrow ones first: a wide amount can still find lines that they have left.
        sort_key=(rank, covered, terms.id, terms.kind),
    )


def most(one: Candidate, left: list[int]) -> int:
    """What a percentage or an amount takes off by itself where the lines cost `left`."""
    return _most(one.rank, one.number, sum([left[position] for position in one.positions]))


def _most(rank: int, number: int, covered: int) -> int:
    return min(number, covered) if rank == AMOUNT else half_up(covered * number, 10_000)


def take(one: Candidate, prices: Prices) -> list[int]:
    """Lower the prices by `one`; what it took off each of its positions."""
    left = prices.left
    costs = [left[position] for position in one.positions]
    if one.rank == FREE:
        parts = _free_pieces(one.number, one.positions, costs, prices.pieces)
    elif one.rank == AMOUNT:
        parts = allocate(min(one.number, sum(costs)), costs)
    else:
        parts = _percentage(one, costs, prices)
    for position, part in zip(one.positions, parts, strict=True):
        left[position] -= part
    return parts


def _percentage(one: Candidate, costs: list[int], prices: Prices) -> list[int]:
    if prices.base is None:
        prices.base = prices.left[:]
    base = [prices.base[position] for position in one.positions]
    off = half_up(sum(base) * one.number, 10_000)
    parts = allocate(off, base) if off else [0] * len(base)
    if costs == base:
        return parts
    for part, cost in zip(parts, costs, strict=True):
        if part > cost:
            # Other percentages have left too little on a line: then by what is left.
            return allocate(min(off, sum(costs)), costs)
    return parts


def take_pieces(count: int, positions: Positions, basket: Basket, *, keep: bool = False) -> list[int]:
    """The prices of the `count` dearest pieces that nothing has made free yet, by position. Notes the
    pieces in the basket, unless `keep` says to leave them; lowers no price."""
    pieces = basket.pieces[:] if keep else basket.pieces
    return _free_pieces(count, positions, [basket.left[one] for one in positions], pieces)


def _free_pieces(count: int, positions: Positions, left: list[int], pieces: list[int]) -> list[int]:
    """The dearest pieces (ties: the lower line), by line.

    The price of a piece is an equal share of what its line still costs, rounded up, so that a line
    whose pieces are all free costs exactly nothing. `left` and `pieces` count down.
    """
    off = [0] * len(left)
    for _ in range(count):
        dearest, price = -1, 0
        for at, position in enumerate(positions):
            share = -(-left[at] // pieces[position]) if pieces[position] else 0
            if share > price:
                dearest, price = at, share
        if dearest < 0:
            break
        pieces[positions[dearest]] -= 1
        left[dearest] -= price
        off[dearest] += price
    return off

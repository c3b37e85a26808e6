"""One price reduction on the lines it covers: how much it takes off, and from which line.

The order is always: pieces that are free, then percentages, then amounts. A percentage is taken of the
price after free pieces and before other percentages, so that percentages add up; nothing takes off
more than is left. That order is also the one that takes off most.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.allocation import allocate, half_up
from loyalty.benefits import AmountOff, FreeGoods, FreeService, PastOff, PercentOff, PriceReduction
from loyalty.evaluation.basket import Basket, Positions
from loyalty.evaluation.terms import Terms

FREE, PERCENT, AMOUNT = 0, 1, 2


@dataclass(slots=True)
class Prices:
    """What lines still cost. `base` is what they cost when the first percentage is taken."""

    left: list[int]
    pieces: list[int]
    base: list[int] | None = None

    def copy(self) -> Prices:
        """The same, to go on from."""
        return Prices(self.left[:], self.pieces[:], self.base)


@dataclass(slots=True)
class Candidate:
    """A price reduction that could apply. `alone_minor` is what it takes off by itself, which it can
    never exceed beside others; `budget` is the most that it may take off, or None."""

    terms: Terms
    rank: int
    number: int
    positions: Positions
    combinable: bool
    group: str
    budget: int | None
    burns: int
    alone_minor: int = 0
    #: The candidates of its exclusive group, and the one before that is exactly like it, as bits.
    rivals: int = 0
    twin: int = 0
    sort_key: tuple[int, int, str, str] = field(default=(0, 0, "", ""))


def candidate(
    benefit: PriceReduction, terms: Terms, basket: Basket, *, group: str, budget: int | None, burns: bool
) -> Candidate | None:
    """The reduction on this basket; None where it covers nothing. `burns`: using it uses a voucher up."""
    mask = basket.covered(terms.articles, terms.article_groups)
    match benefit:
        case FreeGoods():
            rank, number, mask = FREE, benefit.pieces, mask & basket.goods
        case FreeService():
            rank, number, mask = FREE, benefit.pieces, mask & basket.services
        case PercentOff():
            rank, number = PERCENT, benefit.rate_bp
        case AmountOff():
            rank, number = AMOUNT, benefit.amount_minor
        case PastOff():
            rank, number = AMOUNT, benefit.value_minor
    if not mask:
        return None
    found = Candidate(
        terms=terms,
        rank=rank,
        number=number,
        positions=basket.positions(mask),
        combinable=benefit.combinable,
        group=group,
        budget=budget,
        burns=1 if burns else 0,
    )
    found.alone_minor = sum(parts(found, Prices(basket.left, basket.pieces[:])))
    # Narrow amounts first: a wide one can still find lines that they have left.
    found.sort_key = (rank, basket.open_on(found.positions), terms.id, terms.kind)
    return found


def parts(one: Candidate, prices: Prices) -> list[int]:
    """What `one` takes off each of its positions. Notes free pieces in `prices`, but lowers no price."""
    left = [prices.left[position] for position in one.positions]
    if one.rank == FREE:
        return free_pieces(one.number, one.positions, left, prices.pieces)
    if one.rank == AMOUNT:
        return allocate(min(one.number, sum(left)), left)
    if prices.base is None:
        prices.base = prices.left[:]
    base = [prices.base[position] for position in one.positions]
    off = half_up(sum(base) * one.number, 10_000)
    divided = allocate(off, base) if off else [0] * len(base)
    if any(part > rest for part, rest in zip(divided, left, strict=True)):
        return allocate(min(off, sum(left)), left)
    return divided


def free_pieces(count: int, positions: Positions, left: list[int], pieces: list[int]) -> list[int]:
    """The prices of the `count` dearest pieces on these lines (ties: the lower line), by line.

    The price of a piece is an equal share of what its line still costs, rounded up, so that a line
    whose pieces are all free costs exactly nothing. `pieces` counts down those that are not free yet.
    """
    left, off = left[:], [0] * len(left)
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


def take(one: Candidate, prices: Prices) -> int:
    """Lower the prices by `one`; the amount. Prices stay as they were where it may not take so much."""
    divided = parts(one, prices)
    off = sum(divided)
    if one.budget is not None and off > one.budget:
        return 0
    for position, part in zip(one.positions, divided, strict=True):
        prices.left[position] -= part
    return off

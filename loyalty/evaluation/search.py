"""Which price reductions together are the best for the customer.

The best set takes off most; among those the one that uses up the fewest vouchers; among those the one
with the lower ids. A reduction that is not combinable stands alone. Of one exclusive group at most one
is taken. All sets are tried, apart from those that provably cannot be better, with a bound on the work:
with ten combinable reductions the answer is always exact, with more it nearly always is, and `proven`
says whether it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.evaluation.reductions import Candidate, Prices, take

#: Steps of the search. Ten reductions make 2 ** 11 - 1 of them at the very most.
STEP_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Choice:
    """The reductions that are taken, in the order of taking them."""

    taken: tuple[Candidate, ...]
    off_minor: int
    proven: bool


@dataclass(slots=True)
class _Step:
    index: int
    chosen: int
    off: int
    burnt: int
    prices: Prices


def choose(candidates: Sequence[Candidate], prices: Prices) -> Choice:
    """The best set of `candidates` on lines that cost `prices`."""
    useful = [one for one in candidates if one.alone_minor]
    together = sorted((one for one in useful if one.combinable), key=lambda one: one.sort_key)
    best = _best_together(together, prices)
    for one in useful:
        if not one.combinable and (one.budget is None or one.alone_minor <= one.budget):
            alone = Choice((one,), one.alone_minor, proven=best.proven)
            if _rank(alone) < _rank(best):
                best = alone
    return best


def _rank(choice: Choice) -> tuple[int, int, tuple[tuple[str, str], ...]]:
    return (-choice.off_minor, sum(one.burns for one in choice.taken), _names(choice.taken))


def _names(taken: Sequence[Candidate]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((one.terms.id, one.terms.kind) for one in taken))


def _best_together(candidates: list[Candidate], prices: Prices) -> Choice:
    _link(candidates)
    most = _most_from(candidates)
    best, best_key, steps = 0, (0, 0), 0
    stack = [_Step(0, 0, 0, 0, prices.copy())]
    while stack and steps < STEP_LIMIT:
        step = stack.pop()
        steps += 1
        if (-step.off - most[step.index], step.burnt) > best_key:
            continue
        if step.index == len(candidates):
            key = (-step.off, step.burnt)
            if key < best_key or _lower_ids(candidates, step.chosen, best):
                best, best_key = step.chosen, key
            continue
        stack.extend(_next_steps(candidates[step.index], step))
    taken = tuple(one for at, one in enumerate(candidates) if best >> at & 1)
    return Choice(taken, -best_key[0], proven=not stack)


def _next_steps(one: Candidate, step: _Step) -> list[_Step]:
    """Without `one`, and then with it where that is possible; the last is tried first."""
    without = _Step(step.index + 1, step.chosen, step.off, step.burnt, step.prices)
    if one.rivals & step.chosen or one.twin & ~step.chosen:
        return [without]
    prices = step.prices.copy()
    off = take(one, prices)
    if not off:
        return [without]
    chosen = step.chosen | 1 << step.index
    return [without, _Step(step.index + 1, chosen, step.off + off, step.burnt + one.burns, prices)]


def _link(candidates: list[Candidate]) -> None:
    groups: dict[str, int] = {}
    same: dict[tuple[object, ...], int] = {}
    for at, one in enumerate(candidates):
        one.rivals = groups.get(one.group, 0) if one.group else 0
        if one.group:
            groups[one.group] = one.rivals | 1 << at
        # Of two that are exactly alike the second is tried only beside the first.
        alike = (one.rank, one.number, one.positions, one.burns)
        free = not one.group and one.budget is None
        one.twin = same.get(alike, 0) if free else 0
        if free:
            same[alike] = 1 << at


def _most_from(candidates: list[Candidate]) -> list[int]:
    """For each position, the most that the candidates from there on can take off."""
    most, best_of = [0], dict[str, int]()
    for one in reversed(candidates):
        before = best_of.get(one.group, 0) if one.group else 0
        more = max(one.alone_minor - before, 0)
        if one.group:
            best_of[one.group] = before + more
        most.append(most[-1] + more)
    return most[::-1]


def _lower_ids(candidates: list[Candidate], chosen: int, best: int) -> bool:
    def taken(mask: int) -> list[Candidate]:
        return [one for at, one in enumerate(candidates) if mask >> at & 1]

    return _names(taken(chosen)) < _names(taken(best))

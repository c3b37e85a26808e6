"""Which price reductions together are the best for the customer.

The best set takes off most; among those the one that uses up the fewest vouchers, then the one with the
fewest reductions, then the one with the lower ids. A reduction that is not combinable stands alone. Of
one exclusive group at most one is taken.

All sets are tried apart from those that provably cannot be better, and the work is bounded: with up to
ten combinable reductions on one receipt the answer is always exact, with more it nearly always is, and
`proven` says whether it was. Two things keep the work small: only free pieces change what a percentage
is taken of, so sets of free pieces are tried first; and where the reductions that follow do not get into
each other's way, taking the best of each group is already the most that is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loyalty.evaluation.basket import Positions
from loyalty.evaluation.reductions import FREE, Candidate, Prices, most, take

#: Steps of the search. Ten reductions make at the very most 2 ** 11 + 2 ** 10 of them.
STEP_LIMIT = 4096

Taken = tuple[tuple[Candidate, list[int]], ...]
_Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The reductions that are taken, in order, each with what it takes off each of its positions."""

    taken: Taken
    proven: bool


@dataclass(slots=True, eq=False)
class _Node:
    """A set that is being made: candidates before `index` are decided, `mask` has those that are in."""

    index: int
    key: _Key
    taken: Taken
    prices: Prices
    mask: int = 0


def choose(candidates: Sequence[Candidate], prices: Prices) -> Choice:
    """The best set of `candidates` on lines that cost `prices`."""
    useful = [one for one in candidates if one.alone_minor and one.affordable]
    search = _Search()
    search.try_together(sorted((one for one in useful if one.combinable), key=lambda one: one.sort_key), prices)
    for one in useful:
        if not one.combinable:
            search.try_alone(one, prices)
    return Choice(search.best, proven=search.steps <= STEP_LIMIT)


class _Search:
    """The best set so far, and how many steps were made."""

    __slots__ = ("best", "key", "steps")

    def __init__(self) -> None:
        self.best: Taken = ()
        self.key: _Key = (0, 0, 0)
        self.steps = 0

    def offer(self, key: _Key, taken: Taken) -> None:
        """Keep `taken` where it is better than the best so far."""
        if key < self.key or (key == self.key and _names(taken) < _names(self.best)):
            self.best, self.key = taken, key

    def try_alone(self, one: Candidate, prices: Prices) -> None:
        """Try one reduction without any other."""
        key = (-one.alone_minor, one.burns, 1)
        if key <= self.key:
            self.offer(key, ((one, take(one, prices.copy())),))

    def try_together(self, candidates: list[Candidate], prices: Prices) -> None:
        """Try the sets of free pieces, and for each of them the rest."""
        count = sum(one.rank == FREE for one in candidates)
        free, rest = candidates[:count], candidates[count:]
        alone = [one.alone_minor for one in candidates]
        root = _Node(0, (0, 0, 0), (), prices.copy())
        for node in self._leaves(free, root, _bounds(candidates, alone)):
            groups = {one.group for one, _ in node.taken if one.group}
            self._try_rest([one for one in rest if one.group not in groups], node)

    def _try_rest(self, rest: list[Candidate], node: _Node) -> None:
        """The best that percentages and amounts make of what the free pieces left."""
        node.prices.base = node.prices.left[:]
        gains = [most(one, node.prices.left) for one in rest]
        bounds = _bounds(rest, gains)
        if _bound(node.key, bounds[0]) > self.key:
            return
        picked, prices = node, node.prices.copy()
        for one in _best_of_groups(rest, gains):
            picked = _with(picked, one, take(one, prices), prices)
        self.offer(picked.key, picked.taken)
        if picked.key[0] == node.key[0] - bounds[0]:
            return
        root = _Node(0, node.key, node.taken, node.prices)
        for leaf in self._leaves(rest, root, bounds):
            self.offer(leaf.key, leaf.taken)

    def _leaves(self, candidates: list[Candidate], root: _Node, bounds: list[int]) -> Iterator[_Node]:
        """Every set of `candidates` on top of `root` that may still be better than the best so far."""
        blocks = _blocks(candidates)
        stack = [root]
        while stack and self.steps <= STEP_LIMIT:
            node = stack.pop()
            self.steps += 1
            if _bound(node.key, bounds[node.index]) > self.key:
                continue
            if node.index == len(candidates):
                yield node
                continue
            one, (rivals, twin) = candidates[node.index], blocks[node.index]
            # Without it, and then with it where that is possible; the last is tried first.
            stack.append(_Node(node.index + 1, node.key, node.taken, node.prices, node.mask))
            if not rivals & node.mask and not twin & ~node.mask:
                prices = node.prices.copy()
                parts = take(one, prices)
                if any(parts):
                    stack.append(_with(node, one, parts, prices))


def _with(node: _Node, one: Candidate, parts: list[int], prices: Prices) -> _Node:
    off, burns, count = node.key
    key = (off - sum(parts), burns + one.burns, count + 1)
    return _Node(node.index + 1, key, (*node.taken, (one, parts)), prices, node.mask | 1 << node.index)


def _bound(key: _Key, more: int) -> _Key:
    return (key[0] - more, key[1], key[2])


def _bounds(candidates: Sequence[Candidate], gains: Sequence[int]) -> list[int]:
    """For each position, the most that the candidates from there on can take off."""
    bounds, best_of = [0], dict[str, int]()
    for one, gain in zip(reversed(candidates), reversed(gains), strict=True):
        before = best_of.get(one.group, 0) if one.group else 0
        best_of[one.group] = max(gain, before)
        bounds.append(bounds[-1] + max(gain - before, 0))
    return bounds[::-1]


def _best_of_groups(candidates: Sequence[Candidate], gains: Sequence[int]) -> list[Candidate]:
    ranks = [(-gain, one.burns, one.terms.id) for one, gain in zip(candidates, gains, strict=True)]
    best: dict[str, tuple[int, int, str]] = {}
    for one, rank in zip(candidates, ranks, strict=True):
        if one.group:
            best[one.group] = min(best.get(one.group, rank), rank)
    return [
        one
        for one, rank in zip(candidates, ranks, strict=True)
        if rank[0] and (not one.group or best[one.group] == rank)
    ]


def _blocks(candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """For each candidate, as bits: those before it in its group; and the one before that is exactly like
    it, without which it need not be tried."""
    groups: dict[str, int] = {}
    alike: dict[tuple[int, int, Positions, int], int] = {}
    blocks = []
    for at, one in enumerate(candidates):
        rivals = groups.get(one.group, 0) if one.group else 0
        groups[one.group] = rivals | 1 << at
        kind = (one.rank, one.number, one.positions, one.burns)
        blocks.append((rivals, 0 if one.group else alike.get(kind, 0)))
        if not one.group:
            alike[kind] = 1 << at
    return blocks


def _names(taken: Taken) -> list[tuple[str, str]]:
    return sorted((one.terms.id, one.terms.kind) for one, _ in taken)

"""The books as plain numbers: what each member has where, what is owed, and what may be moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: Where points are: the main account, or the terminal that holds them.
MAIN = "main"
LotParts = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class ModelLot:
    """A lot, with what decides the order in which lots are taken."""

    lot: str
    member: str
    pool: str
    origin: str = "goodwill"
    expires_ms: int | None = None
    created_ms: int = 0

    @property
    def order(self) -> tuple[bool, int, int, str]:
        """The earliest expiry first, then the oldest, then the lower id."""
        return (self.expires_ms is None, self.expires_ms or 0, self.created_ms, self.lot)


@dataclass
class Model:
    """Lots by id; points by place and lot; debts by member, pool and company."""

    now_ms: int
    lots: dict[str, ModelLot] = field(default_factory=dict)
    points: Counter[tuple[str, str]] = field(default_factory=Counter)
    debts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def given(self, lot: ModelLot, points: int) -> None:
        """A new lot is in the main account, and fills what is owed."""
        self.lots[lot.lot] = lot
        self.points[MAIN, lot.lot] += points
        self.fill(lot.member, lot.pool)

    def can_move(self, place: str, parts: LotParts, *, member: str, pool: str | None = None) -> bool:
        """Whether all of `parts` are there, are this member's, and are amounts at all."""
        wanted: Counter[str] = Counter()
        for lot, points in parts:
            known = self.lots.get(lot)
            if known is None or points <= 0 or known.member != member or pool not in (None, known.pool):
                return False
            wanted[lot] += points
        return all(self.points[place, lot] >= points for lot, points in wanted.items())

    def moved(self, place: str, parts: LotParts, *, to: str | None) -> None:
        """`parts` go from `place` to another one, or out of the member's hands."""
        for lot, points in parts:
            self.points[place, lot] -= points
            if to is not None:
                self.points[to, lot] += points

    def fill(self, member: str, pool: str) -> None:
        """What is owed is taken out of the main account, company by company, never out of purchased points."""
        for debtor in sorted(key for key in self.debts if key[:2] == (member, pool)):
            for lot in sorted(self._live(member, pool), key=lambda one: one.order):
                part = min(self.debts[debtor], self.points[MAIN, lot.lot])
                self.points[MAIN, lot.lot] -= part
                self.debts[debtor] -= part

    def _live(self, member: str, pool: str) -> Iterable[ModelLot]:
        for lot in self.lots.values():
            alive = lot.expires_ms is None or self.now_ms < lot.expires_ms
            if (lot.member, lot.pool) == (member, pool) and lot.origin != "purchased" and alive:
                yield lot

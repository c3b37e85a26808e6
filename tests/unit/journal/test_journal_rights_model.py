"""Random histories of rights, compared with a dictionary that a child could keep."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware.journal.errors import AlreadyRecorded
from firmware.journal.holdings import Holdings
from firmware.journal.journal import Journal
from loyalty.entries import Body
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotSpend
from loyalty.wire.messages import Balance, PoolBalance
from tests.unit.journal.pages import append, granted, open_journal, registered, returned, spent
from tests.unit.loyalty.samples import NOON_MS, bundle, lot

RULES = bundle()
KNOWN_TOTAL = 1_000

members = st.sampled_from(["m-anna", "m-bert"])
pools = st.sampled_from(["bakery", "town"])
names = st.sampled_from(["a", "b", "c"])
points = st.integers(1, 40)


class AnyHistory(RuleBasedStateMachine):
    """A journal, and a model of what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.journal: Journal = open_journal(Path(self.folder.name))
        self.holdings = Holdings(self.journal.database)
        #: (member, pool, lot) to the points that are held.
        self.held: dict[tuple[str, str, str], int] = defaultdict(int)
        self.changed: dict[tuple[str, str], int] = defaultdict(int)
        self.homes: dict[str, str] = {}
        self.number = 0
        for member in ("m-anna", "m-bert"):
            pool_balances = (PoolBalance(pool="bakery", total=KNOWN_TOTAL), PoolBalance(pool="town", total=KNOWN_TOTAL))
            self.holdings.remember(
                Balance(card=f"card-{member}", member=member, pools=pool_balances, at_ms=NOON_MS, applied_seq=0)
            )

    def teardown(self) -> None:
        assert len(list(self.journal.entries())) == self.journal.head[0] + 1
        self.journal.close()
        self.folder.cleanup()

    def name(self) -> str:
        self.number += 1
        return f"n{self.number}"

    def writes(self, body: Body, *, possible: bool) -> bool:
        head = self.journal.head
        try:
            append(self.journal, body)
        except (NotEnoughRights, AlreadyRecorded):
            assert not possible
            assert self.journal.head == head
            return False
        assert possible
        return True

    @rule(member=members, pool=pools, name=names, count=points, with_coupon=st.booleans())
    def grant(self, member: str, pool: str, name: str, count: int, with_coupon: bool) -> None:
        coupon = self.name() if with_coupon else None
        right = lot(f"{member}-{pool}-{name}", count, member=member, pool=pool)
        assert self.writes(granted(self.name(), right, member=member, coupon=coupon), possible=True)
        self.held[member, pool, right.lot] += count
        if coupon is not None:
            self.homes[coupon] = member

    @rule(member=members, pool=pools, name=names, count=points, back=st.booleans())
    def spend_or_return(self, member: str, pool: str, name: str, count: int, back: bool) -> None:
        key = (member, pool, f"{member}-{pool}-{name}")
        taken = LotSpend(key[2], count)
        body = returned(taken, member=member) if back else spent(self.name(), taken, member=member, pool=pool)
        if self.writes(body, possible=self.held[key] >= count):
            self.held[key] -= count
            self.changed[member, pool] -= 0 if back else count

    @rule(member=members, pool=pools, count=points, data=st.data())
    def register(self, member: str, pool: str, count: int, data: st.DataObject) -> None:
        coupon = data.draw(st.sampled_from([*sorted(self.homes), "never here"]))
        body = registered(coupon, count, seq=self.journal.head[0] + 1, member=member, pool=pool)
        if self.writes(body, possible=self.homes.get(coupon) == member):
            del self.homes[coupon]
            self.held[member, pool, body.lot.lot] += count
            self.changed[member, pool] += count

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.journal = open_journal(Path(self.folder.name))
        self.holdings = Holdings(self.journal.database)

    @invariant()
    def the_journal_holds_what_the_model_holds(self) -> None:
        for member in ("m-anna", "m-bert"):
            held = {(r.member, r.pool, r.lot): r.points for r in self.holdings.rights(member)}
            assert held == {key: count for key, count in self.held.items() if key[0] == member and count}
            assert all(count > 0 for count in held.values())
            assert sorted(self.holdings.coupons(member)) == sorted(c for c, m in self.homes.items() if m == member)

    @invariant()
    def the_view_adds_up(self) -> None:
        for member in ("m-anna", "m-bert"):
            view = self.holdings.view(member, rules=RULES, at_ms=NOON_MS, fresh=False)
            for pool in ("bakery", "town"):
                held = sum(count for key, count in self.held.items() if key[:2] == (member, pool))
                seen = view.pool(pool)
                assert (seen.held, seen.spendable_here) == (held, held)
                assert seen.provisional == self.changed[member, pool]
                assert seen.total == KNOWN_TOTAL + seen.provisional


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)

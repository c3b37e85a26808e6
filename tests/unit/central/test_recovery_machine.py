"""Epochs, grants, spends, returns, write-offs and late entries in any order: nobody is paid twice, nobody pays twice.

The terminal is honest: it spends what its own journal holds. It may be two machines all the same: an older journal can
be written on after a newer one has begun. Anything it wrote arrives at any time, in any parts, or at the very end.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from pathlib import Path
from typing import ClassVar

from django.contrib.auth.models import User
from django.db.models import Sum
from hypothesis import settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend_bridge.central.fleet.models import EpochHead, JournalClosing, JournalEntry, ReleasedRight
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Account, Holding, Transfer
from backend_bridge.central.ledger.verify import verify_books
from backend_bridge.central.recovery import write_off
from backend_bridge.central.vouchers.models import Voucher
from loyalty.entries import CouponRegistered, EpochBegun, PointsSpent, RightsReturned
from loyalty.rights import LotRight, LotSpend
from loyalty.wire.messages import Grant
from tests.unit.central.lab import (
    BREAD,
    NOW_MS,
    Lab,
    PaperTerminal,
    Sent,
    coupon_id,
    coupon_wanted,
    fresh_database,
    member,
    points_wanted,
    spent,
    taken,
)
from tests.unit.central.replaying import assert_replays
from tests.unit.central.test_write_off import operators

LONG_AFTER = from_ms(NOW_MS) + dt.timedelta(days=3)
NAMES = ("anna", "vera")
Kind = Account.Kind
numbers = strategies.integers(0, 11)
amounts = strategies.integers(1, 200)


class Machine(PaperTerminal):
    """One journal, with the rights that it holds by its own account and the grants that have reached it."""

    def __init__(self, terminal: str, *, epoch: int, begun: bool = True) -> None:
        super().__init__(terminal, epoch=epoch, begun=begun)
        #: By lot: whose, and how many points.
        self.rights: dict[str, tuple[str, int]] = {}
        self.arrived: list[Grant] = []
        self._known: set[str] = set()

    def receive(self, sent: list[Sent]) -> None:
        """Grants for this journal arrive; each counts once, however often it is sent."""
        for one in sent:
            grant = one.message
            if isinstance(grant, Grant) and (grant.terminal, grant.epoch) == (self.terminal, self.epoch):
                if grant.grant not in self._known:
                    self.arrived.append(grant)
                self._known.add(grant.grant)


class Fleet(RuleBasedStateMachine):
    """One terminal with journals in a row, and another one at which customers spend what is free."""

    template: Path
    seen: ClassVar[Counter[str]] = Counter()

    @initialize()
    def fresh(self) -> None:
        fresh_database(self.template)
        self.lab = Lab()
        self.members = {name: member(name) for name in (*NAMES, "bram")}
        self.signers: tuple[User, User] = operators()
        self.journals = [Machine("molen-1", epoch=1)]
        self.other = PaperTerminal("molen-2")
        for paper in (*self.journals, self.other):
            self.lab.upload(paper)
        self.spends = itertools.count()
        #: What customers were shown as spent, by the first terminal and by the other one.
        self.promised, self.paid_elsewhere, self.registered = 0, 0, 0
        self.given = self._points(Kind.MEMBER_MAIN)

    @rule(name=strategies.sampled_from(NAMES), points=amounts)
    def grant(self, name: str, points: int) -> None:
        self.journals[-1].receive(self.lab.ask(self.journals[-1], points_wanted(name, points)))

    @rule()
    def grant_coupon(self) -> None:
        self.journals[-1].receive(self.lab.ask(self.journals[-1], coupon_wanted("bram", coupon_id("bread-50"))))

    @rule(number=numbers)
    def take(self, number: int) -> None:
        """A grant that has arrived is journaled. A grant for an older epoch is taken by nobody but that journal."""
        journal = self._journal(number)
        if not journal.arrived:
            return
        grant = journal.arrived.pop(number % len(journal.arrived))
        journal.write(taken(grant))
        for right in grant.lots:
            self._hold(journal, right)
        if grant.coupon is not None:
            lot = LotRight(
                lot=f"coupon-at-{journal.epoch}", member=grant.member, pool=BREAD, points=50, issuer=grant.coupon.issuer
            )
            journal.write(CouponRegistered(coupon=grant.coupon.coupon, lot=lot))
            self._hold(journal, lot)
            self.registered += 1
        self.seen["take"] += 1

    @rule(number=numbers, points=amounts, keep=strategies.booleans())
    def spend(self, number: int, points: int, keep: bool) -> None:
        """Something that is held is spent, or given back."""
        journal = self._journal(number)
        if not journal.rights:
            return
        lot = sorted(journal.rights)[number % len(journal.rights)]
        owner, held = journal.rights[lot]
        used = min(points, held)
        journal.rights[lot] = (owner, held - used)
        if used == held:
            del journal.rights[lot]
        if keep:
            journal.write(RightsReturned(member=owner, pool=BREAD, lots=(LotSpend(lot, used),)))
            return
        body = PointsSpent(
            spend=f"s{next(self.spends)}",
            member=owner,
            pool=BREAD,
            lots=(LotSpend(lot, used),),
            reward="r",
            company="de-molen",
            code="ABCDEFG",
        )
        journal.write(body)
        self.promised += used
        self.seen["late spend"] += JournalClosing.objects.filter(epoch=journal.epoch).exists()

    @rule(number=numbers, start=strategies.integers(0, 6), count=strategies.integers(1, 8))
    def upload(self, number: int, start: int, count: int) -> None:
        self.lab.upload(self._journal(number), start, start + count)

    @precondition(lambda self: len(self.journals) < 3)
    @rule(knows=strategies.booleans())
    def begin(self, knows: bool) -> None:
        """A newer journal begins; its anchor knows where the one before had ended, or not."""
        before = self.journals[-1]
        after = Machine("molen-1", epoch=before.epoch + 1, begun=False)
        end = len(before.journal) - 1 if knows else None
        after.write(EpochBegun("1.0", reason="new_disk", before_epoch=before.epoch, before_seq=end))
        self.journals.append(after)
        self.lab.upload(after)
        self.seen["begin"] += 1

    @rule(number=numbers)
    def sign(self, number: int) -> None:
        """Two operators write a journal off, too early as often as not."""
        journal = self._journal(number)
        first, second = self.signers
        if JournalClosing.objects.filter(epoch=journal.epoch).exists():
            return
        row = write_off.ask_rights(
            terminal="molen-1", epoch=journal.epoch, reason="lost", by=first, at=LONG_AFTER, although_in_use=True
        )
        write_off.confirm(row.pk, by=second, at=LONG_AFTER)
        self.seen["write off"] += 1

    @rule(name=strategies.sampled_from(NAMES), points=amounts)
    def spend_elsewhere(self, name: str, points: int) -> None:
        """What is free is spent at the other terminal at once."""
        sent = self.lab.ask(self.other, points_wanted(name, points), wait_ms=0)
        grants = [one.message for one in sent if isinstance(one.message, Grant) and one.terminal == "molen-2"]
        for grant in grants:
            self.other.write(taken(grant))
            self.other.write(spent(grant.lots))
            self.lab.upload(self.other)
            self.paid_elsewhere += sum(right.points for right in grant.lots)

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        assert verify_books() == []
        redeemed, borne = self._points(Kind.COMPANY_REDEEMED), -self._points(Kind.RISK)
        members = self._points(Kind.MEMBER_MAIN) + self._points(Kind.MEMBER_ESCROW)
        coupons = 50 * Voucher.objects.filter(pk=coupon_id("bread-50"), state=Voucher.State.REGISTERED).count()
        assert members + redeemed == self.given + coupons + borne
        assert redeemed <= self.promised + self.paid_elsewhere
        released = ReleasedRight.objects.aggregate(sum=Sum("points"))["sum"] or 0
        assert 0 <= borne <= released

    @invariant()
    def closed_journals_hold_nothing(self) -> None:
        for closing in JournalClosing.objects.all():
            held = Holding.objects.filter(account__terminal=closing.terminal_id, account__epoch=closing.epoch)
            assert sum(held.values_list("amount", flat=True)) == 0

    def teardown(self) -> None:
        """All that was written arrives at last: every promise is in the books once, and nothing is in suspense."""
        if not hasattr(self, "journals"):
            return
        for journal in self.journals:
            self.lab.upload(journal)
        self.nobody_is_paid_twice()
        self.closed_journals_hold_nothing()
        assert not JournalEntry.objects.filter(outcome=JournalEntry.Outcome.SUSPENSE).exists()
        assert self._points(Kind.COMPANY_REDEEMED) == self.promised + self.paid_elsewhere
        for journal in self.journals:
            assert EpochHead.objects.get(terminal="molen-1", epoch=journal.epoch).seq == len(journal.journal) - 1
            if not JournalClosing.objects.filter(epoch=journal.epoch).exists():
                self._rights_are_within_escrow(journal)
        assert_replays()

    def _rights_are_within_escrow(self, journal: Machine) -> None:
        here = Holding.objects.filter(account__terminal="molen-1", account__epoch=journal.epoch)
        held = dict(here.values_list("lot", "amount"))
        assert all(points <= held.get(lot, 0) for lot, (_owner, points) in journal.rights.items())

    def _journal(self, number: int) -> Machine:
        """Mostly the newest one."""
        return self.journals[-1] if number % 3 == 0 else self.journals[number % len(self.journals)]

    def _hold(self, journal: Machine, right: LotRight) -> None:
        _owner, before = journal.rights.get(right.lot, (right.member, 0))
        journal.rights[right.lot] = (right.member, before + right.points)

    def _points(self, kind: Account.Kind) -> int:
        """What accounts of this kind have in the pool, all together."""
        sums = [
            Transfer.objects.filter(unit=BREAD, **{f"{side}__kind": kind}).aggregate(sum=Sum("amount"))["sum"] or 0
            for side in ("credit", "debit")
        ]
        return int(sums[0] - sums[1])


def test_x1_epochs_write_offs_and_late_entries_in_any_order(template: Path, lab: Lab) -> None:
    Fleet.template, Fleet.seen = template, Counter()
    run_state_machine_as_test(Fleet, settings=settings(max_examples=12, stateful_step_count=25, deadline=None))
    # Not only quiet days were seen.
    assert {"take", "begin", "write off"} <= Fleet.seen.keys()

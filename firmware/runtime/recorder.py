"""Writes what the machine wants recorded, and what grants and recalls bring, into the journal.

Each method writes one entry and gives back what the machine is told, or a refusal with nothing
written. Which lots pay is decided by `loyalty.rights`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from firmware.journal.errors import AlreadyRecorded, CannotRecord, NotConfirmed, TooLarge
from firmware.journal.holdings import Holdings
from firmware.journal.journal import EntryKey, Journal
from firmware.runtime.clocks import KnownTime
from firmware.runtime.contact import Contact
from firmware.terminal import events as ev
from firmware.terminal.effects import RecordNote, RecordRegistration, RecordSpend
from firmware.terminal.model import BalanceView
from loyalty.entries import (
    Body,
    CouponNoted,
    CouponRegistered,
    Entry,
    GrantTaken,
    PointsSpent,
    ReceiptReturned,
    RightsReturned,
    hand_in_code,
)
from loyalty.errors import NotEnoughRights
from loyalty.rights import LotRight, LotSpend, choose_lots, held_points
from loyalty.rules import RulesBundle
from loyalty.wire.messages import Balance, Grant, Recall

Told = TypeVar("Told", PointsSpent, CouponRegistered, CouponNoted)
Recorded = ev.SpendRecorded | ev.RegistrationRecorded | ev.NoteRecorded | ev.RecordRefused


class Recorder:
    """The writing side of a terminal's journal."""

    def __init__(
        self,
        *,
        journal: Journal,
        holdings: Holdings,
        time: KnownTime,
        contact: Contact,
        fresh_id: Callable[[], str],
    ) -> None:
        self._journal = journal
        self._holdings = holdings
        self._time = time
        self._contact = contact
        self._fresh_id = fresh_id

    def spend(self, wanted: RecordSpend, rules: RulesBundle) -> Recorded:
        """Spend rights held here on a reward."""
        spend_id = self._fresh_id()
        code = hand_in_code(spend_id)

        def body(_key: EntryKey) -> PointsSpent:
            return PointsSpent(
                spend=spend_id,
                member=wanted.member,
                pool=wanted.pool,
                lots=self._lots(wanted.member, wanted.pool, wanted.points),
                reward=wanted.reward,
                company=rules.company,
                code=code,
            )

        try:
            earlier = self._reappeared(PointsSpent)
            if earlier is not None and (earlier.member, earlier.reward) == (wanted.member, wanted.reward):
                # It was refused, and is on the disk all the same: the same once more would be paid twice.
                return ev.SpendRecorded(earlier.code, self.view(wanted.member, rules, fresh=True))
            # The machine has asked for this; that it may be spent is judged once more where it is written.
            refused = self._why_not(wanted, rules)
            if refused is not None:
                return ev.RecordRefused(refused)
            self._write(body, rules)
        except NotEnoughRights:
            return ev.RecordRefused("not_enough_points")
        except (CannotRecord, TooLarge) as error:
            return _cannot(error)
        return ev.SpendRecorded(code, self.view(wanted.member, rules, fresh=True))

    def _why_not(self, wanted: RecordSpend, rules: RulesBundle) -> str | None:
        hindrance = self._hindrance(rules) if wanted.offline else None
        if hindrance is not None:
            return hindrance
        if self.view(wanted.member, rules, fresh=True).pool(wanted.pool).spendable_here >= wanted.points:
            return None
        rights = self._holdings.rights(wanted.member)
        unexpired = held_points(rights, member=wanted.member, pool=wanted.pool, at_ms=self._time.earliest_ms())
        return "not_enough_points" if unexpired < wanted.points else self._contact.why_not()

    def register(self, wanted: RecordRegistration, rules: RulesBundle) -> Recorded:
        """End a coupon whose home is here; its points are a new lot, named after the entry."""
        right = wanted.right
        now_ms = self._time.central_ms()

        def body(key: EntryKey) -> CouponRegistered:
            lot = LotRight(
                lot=f"{key.terminal}.{key.epoch}.{key.seq}",
                member=wanted.member,
                pool=right.pool,
                points=right.points,
                issuer=right.issuer,
                expires_ms=right.lot_expires_ms,
                created_ms=now_ms,
            )
            return CouponRegistered(coupon=right.coupon, lot=lot)

        try:
            earlier = self._reappeared(CouponRegistered)
            if earlier is None or earlier.coupon != right.coupon:
                self._write(body, rules)
        except (NotEnoughRights, AlreadyRecorded):
            return ev.RecordRefused("coupon_used")
        except CannotRecord as error:
            return _cannot(error)
        view = self.view(wanted.member, rules, fresh=True)
        return ev.RegistrationRecorded(right.pool, right.points, view)

    def note(self, wanted: RecordNote, rules: RulesBundle) -> Recorded:
        """Note a coupon that was shown without a connection."""
        body = CouponNoted(coupon=wanted.coupon, member=wanted.member, points=wanted.points)
        try:
            if self._reappeared(CouponNoted) != body:
                self._write(lambda _key: body, rules)
        except AlreadyRecorded:
            return ev.RecordRefused("coupon_noted_already")
        except CannotRecord as error:
            return _cannot(error)
        return ev.NoteRecorded(wanted.points)

    def take_grant(self, grant: Grant, rules: RulesBundle) -> ev.RightsArrived | None:
        """Hold the rights of a grant; None for one that is here already (it was sent again).

        Raises `CannotRecord`: the rights are not held then, and the grant will be sent again.
        """
        body = GrantTaken(
            grant=grant.grant,
            request=grant.request,
            member=grant.member,
            lots=grant.lots,
            coupon=grant.coupon.coupon if grant.coupon is not None else None,
            unlocked=grant.unlocked,
        )
        if self._holdings.has_grant(grant.grant):
            return None
        self._write(lambda _key: body, rules)
        view = self.view(grant.member, rules, fresh=True)
        return ev.RightsArrived(grant.request, grant.member, view, grant.coupon)

    def return_rights(self, member: str, rules: RulesBundle) -> None:
        """Give back what is not kept for `member`: coupons' homes, and points above what the central system last
        said is kept here, or above the company's cap where it said nothing."""
        for coupon in self._holdings.coupons(member):
            self._give_back(RightsReturned(member=member, coupon=coupon), rules)
        # What may have expired goes back too; the central system knows.
        now_ms = self._time.earliest_ms()
        rights = self._holdings.rights(member)
        known = self._holdings.known(member=member)
        kept = {pool.pool: pool.keep for pool in known.pools} if known is not None else {}
        for pool in sorted({right.pool for right in rights}):
            told = kept.get(pool)
            keep = rules.keep_points if told is None else told
            excess = held_points(rights, member=member, pool=pool, at_ms=now_ms) - keep
            if excess > 0:
                lots = choose_lots(rights, member=member, pool=pool, points=excess, at_ms=now_ms)
                self._give_back(RightsReturned(member=member, pool=pool, lots=lots), rules)

    def answer_recall(self, recall: Recall, rules: RulesBundle) -> None:
        """Give back what is wanted elsewhere, as far as it is here."""
        if recall.coupon is not None and recall.coupon in self._holdings.coupons(recall.member):
            coupon = RightsReturned(member=recall.member, coupon=recall.coupon, recall=recall.recall)
            self._give_back(coupon, rules)
        if recall.receipt is not None and (kept := self._journal.receipt(recall.receipt)) is not None:
            right = ReceiptReturned(receipt=recall.receipt, seq=kept.seq, recall=recall.recall)
            self._write(lambda _key: right, rules)
        if recall.pool is None:
            return
        now_ms = self._time.earliest_ms()
        rights = self._holdings.rights(recall.member)
        held = held_points(rights, member=recall.member, pool=recall.pool, at_ms=now_ms)
        points = min(recall.points, held)
        if points > 0:
            lots = choose_lots(rights, member=recall.member, pool=recall.pool, points=points, at_ms=now_ms)
            returned = RightsReturned(member=recall.member, pool=recall.pool, lots=lots, recall=recall.recall)
            self._give_back(returned, rules)

    def view(self, member: str, rules: RulesBundle, *, fresh: bool, known: Balance | None = None) -> BalanceView:
        """What `member` has, as far as is known here: by `known`, or by the last word that was kept."""
        view = self._holdings.view(
            member,
            rules=rules,
            at_ms=self._time.wall_ms(),
            latest_ms=self._time.latest_ms(),
            fresh=fresh,
            known=known,
        )
        return replace(view, hindrance=self._hindrance(rules))

    def _hindrance(self, rules: RulesBundle) -> str | None:
        """Why nothing may be spent without a connection now, as a `Reason`'s name."""
        return self._contact.hindrance(rules) if self._journal.standing.confirmed else "not_confirmed"

    def _reappeared(self, kind: type[Told]) -> Told | None:
        """What was refused, because nobody knew whether it was on the disk, and is there after all: told once.

        Raises `CannotRecord` while that is not known.
        """
        self._journal.settle()
        entry, self._journal.reappeared = self._journal.reappeared, None
        return entry.body if entry is not None and isinstance(entry.body, kind) else None

    def _lots(self, member: str, pool: str, points: int) -> tuple[LotSpend, ...]:
        rights = self._holdings.rights(member)
        return choose_lots(rights, member=member, pool=pool, points=points, at_ms=self._time.latest_ms())

    def _give_back(self, body: RightsReturned, rules: RulesBundle) -> None:
        self._write(lambda _key: body, rules)

    def _write(self, make_body: Callable[[EntryKey], Body], rules: RulesBundle) -> Entry:
        return self._journal.append(make_body, clock=self._time.evidence(), rules=rules.version)


def _cannot(error: CannotRecord | TooLarge) -> ev.RecordRefused:
    return ev.RecordRefused("not_confirmed" if isinstance(error, NotConfirmed) else "cannot_record")

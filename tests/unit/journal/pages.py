"""A real journal on a real disk, and the bodies of entries that the tests write into it."""

from __future__ import annotations

from pathlib import Path

from firmware.journal.journal import Journal
from loyalty.entries import Body, CouponRegistered, Entry, GrantTaken, PointsSpent, RightsReturned
from loyalty.rights import LotRight, LotSpend
from loyalty.signing import SigningKey
from tests.unit.loyalty.samples import CLOCK, KEY, MEMBER, POOL, TERMINAL, lot


def open_journal(directory: Path, *, key: SigningKey = KEY, terminal: str = TERMINAL) -> Journal:
    """The journal in `directory`, begun with epoch 1."""
    journal = Journal(directory / "journal.sqlite3", terminal=terminal, key=key)
    if not journal.has_begun:
        journal.begin(epoch=1, clock=CLOCK, software="1.0")
    return journal


def append(journal: Journal, body: Body) -> Entry:
    """Write one entry."""
    return journal.append(lambda _key: body, clock=CLOCK, rules="rules-1")


def granted(
    name: str, *lots: LotRight, member: str = MEMBER, coupon: str | None = None, unlocked: bool = True
) -> GrantTaken:
    """A grant of these lots."""
    return GrantTaken(grant=name, request=f"for-{name}", member=member, lots=lots, coupon=coupon, unlocked=unlocked)


def spent(name: str, *lots: LotSpend, member: str = MEMBER, pool: str = POOL) -> PointsSpent:
    """A cake paid with these lots."""
    return PointsSpent(
        spend=name, member=member, pool=pool, lots=lots, reward="cake", company="bakery-ltd", code=f"CODE-{name}"
    )


def returned(*lots: LotSpend, member: str = MEMBER, coupon: str | None = None) -> RightsReturned:
    """These lots went back."""
    return RightsReturned(member=member, pool=POOL if lots else None, lots=lots, coupon=coupon)


def registered(coupon: str, points: int, *, seq: int, member: str = MEMBER, pool: str = POOL) -> CouponRegistered:
    """A coupon became a lot of its own."""
    return CouponRegistered(coupon=coupon, lot=lot(f"{TERMINAL}.1.{seq}", points, member=member, pool=pool))

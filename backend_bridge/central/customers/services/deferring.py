"""At a busy counter (B6): who is to get what is noted, and registered later, exactly once, or discarded.

A note says who it is for as well as staff knew: a card, a username, or words. Who and when are kept.
"""

from __future__ import annotations

import datetime as dt
import secrets

import msgspec
from django.db import transaction

from backend_bridge.central.customers.contact import one_line
from backend_bridge.central.customers.errors import AlreadyDone, BadValue, NotKnown
from backend_bridge.central.customers.models import DeferredRegistration
from backend_bridge.central.customers.services import finding
from backend_bridge.central.customers.services.giving import Giving, check, register_points
from backend_bridge.central.organisation.models import Branch

State = DeferredRegistration.State
_MOST_MINOR = 10**12


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is noted: one of `points` of `pool`, `amount_minor` that was paid, or `coupon`; and who for."""

    branch: str
    card: str = ""
    username: str = ""
    hint: str = ""
    pool: str = ""
    points: int | None = None
    amount_minor: int | None = None
    coupon: str = ""


class NoteTold(msgspec.Struct, frozen=True, kw_only=True):
    """A note as its company reads it. `member` is empty as long as nobody knows who it is for."""

    note: str
    branch: str
    member: str
    card: str
    username: str
    hint: str
    pool: str
    points: int | None
    amount_minor: int | None
    coupon: str
    noted_at: dt.datetime
    noted_by: str
    state: str
    settled_at: dt.datetime | None
    settled_by: str
    reason: str


def note(*, company: str, what: Note, note_id: str = "", by: str, at: dt.datetime) -> NoteTold:
    """Note it. `note_id` (of the caller's making, so that noting twice makes one) or a new one.

    Raises `BadValue` and `NotKnown`, and `AlreadyDone` where `note_id` notes something else.
    """
    tidied = _tidy(company, what)
    row = DeferredRegistration(
        id=note_id or secrets.token_hex(16),
        company_id=company,
        branch_id=tidied.branch,
        member_id=_who(company, tidied) or None,
        card=tidied.card,
        username=tidied.username,
        hint=tidied.hint,
        pool_id=tidied.pool or None,
        points=tidied.points,
        amount_minor=tidied.amount_minor,
        coupon=tidied.coupon,
        noted_at=at,
        noted_by=by,
    )
    with transaction.atomic():
        known = DeferredRegistration.objects.filter(pk=row.pk).first()
        if known is None:
            row.save(force_insert=True)
            return _told(row)
    if known.company_id != company or _what(known) != tidied:
        raise AlreadyDone("note", "used", "this id notes something else")
    return _told(known)


def open_notes(*, company: str, branch: str = "") -> tuple[NoteTold, ...]:
    """What still waits at a company, or one branch of it, the oldest first."""
    rows = DeferredRegistration.objects.filter(company=company, state=State.OPEN)
    return tuple(_told(row) for row in (rows.filter(branch=branch) if branch else rows).order_by("noted_at", "pk"))


def get(*, company: str, note: str) -> NoteTold:
    """One note; raises `NotKnown`."""
    return _told(_the_note(company, note))


def register(
    *,
    company: str,
    note: str,
    member: str = "",
    pool: str = "",
    points: int | None = None,
    by: str,
    at: dt.datetime,
) -> NoteTold:
    """Register what was noted, to `member` or whom the note names; the time it was noted at counts.

    For an amount, `pool` and `points` say what staff give for it: the receipt itself is not at hand, and what was
    paid then is not changed by coupons now. A coupon that cannot be registered raises what the vouchers raise.
    Exactly once: repeating it, also at the same time, gives the first answer. Raises `NotKnown`, `BadValue` where
    nobody knows who it is for, and `AlreadyDone` where it was discarded or registered to somebody else.
    """
    with transaction.atomic():
        row = _the_note(company, note, lock=True)
        wanted = member or row.member_id or _who(company, _what(row))
        if row.state == State.DISCARDED:
            raise AlreadyDone("note", "discarded", "this note was discarded")
        if row.state == State.REGISTERED:
            if member and member != row.member_id:
                raise AlreadyDone("member", "registered", "this note was registered to another customer")
            return _told(row)
        if not wanted:
            raise BadValue("member", "required", "say who this note is for")
        _give(row, wanted, pool=pool, points=points, by=by, at=at)
        row.member_id = wanted
        row.state, row.settled_at, row.settled_by = State.REGISTERED, at, by
        row.save()
    return _told(row)


def discard(*, company: str, note: str, reason: str, by: str, at: dt.datetime) -> NoteTold:
    """Close a note without giving anything; repeating it is harmless.

    Raises `NotKnown`, `BadValue` without a reason, and `AlreadyDone` where it was registered.
    """
    told = one_line("reason", reason, 200)
    if not told:
        raise BadValue("reason", "required", "say why nothing is registered")
    with transaction.atomic():
        row = _the_note(company, note, lock=True)
        if row.state == State.REGISTERED:
            raise AlreadyDone("note", "registered", "this note was registered")
        if row.state == State.OPEN:
            row.state, row.settled_at, row.settled_by, row.reason = State.DISCARDED, at, by, told
            row.save()
    return _told(row)


def _give(row: DeferredRegistration, member: str, *, pool: str, points: int | None, by: str, at: dt.datetime) -> None:
    key = f"note/{row.pk}"
    if row.amount_minor is None and (pool or points is not None):
        raise BadValue("points", "noted", "this note says itself what is given")
    if row.coupon:
        from backend_bridge.central.vouchers.services.registering import register_voucher

        register_voucher(
            company=row.company_id,
            voucher=row.coupon,
            customer=member,
            branch=row.branch_id,
            key=key,
            by=by,
            at=at,
            happened_at=row.noted_at,
        )
        return
    if row.amount_minor is not None and (not pool or points is None):
        raise BadValue("points", "required", "say how many points of which pool are given for this amount")
    giving = Giving(
        company=row.company_id,
        member=member,
        pool=row.pool_id or pool,
        points=row.points or points or 0,
        reason="noted",
    )
    register_points(giving, key=key, by=by, at=at, happened_at=row.noted_at)


def _tidy(company: str, what: Note) -> Note:
    """`what` as it is kept; raises `BadValue` and `NotKnown`."""
    if not Branch.objects.filter(pk=what.branch, company=company).exists():
        raise NotKnown("branch", "known", "this company has no such branch")
    given = [what.points is not None or bool(what.pool), what.amount_minor is not None, bool(what.coupon)]
    if sum(given) != 1:
        raise BadValue("points", "one_of", "either points of a pool, or an amount, or a coupon")
    if what.points is not None or what.pool:
        check(Giving(company=company, member="", pool=what.pool, points=what.points or 0))
    if what.amount_minor is not None and not 1 <= what.amount_minor <= _MOST_MINOR:
        raise BadValue("amount_minor", "range", f"1 to {_MOST_MINOR}")
    tidied = msgspec.structs.replace(
        what,
        card=one_line("card", what.card, 32),
        username=one_line("username", what.username, 60),
        hint=one_line("hint", what.hint, 200),
        coupon=one_line("coupon", what.coupon, 64),
    )
    if not (tidied.card or tidied.username or tidied.hint):
        raise BadValue("hint", "required", "say who it is for: a card, a username, or in words")
    return tidied


def _who(company: str, what: Note) -> str:
    """Who a card or a username names; empty where nobody does (yet). Raises `BadValue` where they name two."""
    found = {
        one.member
        for one in (
            finding.find_by_card(company=company, card=what.card) if what.card else None,
            finding.find_by_username(company=company, username=what.username) if what.username else None,
        )
        if one is not None
    }
    if len(found) > 1:
        raise BadValue("username", "mismatch", "the card belongs to somebody else")
    return found.pop() if found else ""


def _the_note(company: str, note: str, *, lock: bool = False) -> DeferredRegistration:
    rows = DeferredRegistration.objects.filter(pk=note, company=company)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise NotKnown("note", "known", "this company has no such note")
    return row


def _what(row: DeferredRegistration) -> Note:
    return Note(
        branch=row.branch_id,
        card=row.card,
        username=row.username,
        hint=row.hint,
        pool=row.pool_id or "",
        points=row.points,
        amount_minor=row.amount_minor,
        coupon=row.coupon,
    )


def _told(row: DeferredRegistration) -> NoteTold:
    return NoteTold(
        **msgspec.structs.asdict(_what(row)),
        note=row.pk,
        member=row.member_id or "",
        noted_at=row.noted_at,
        noted_by=row.noted_by,
        state=row.state,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        reason=row.reason,
    )

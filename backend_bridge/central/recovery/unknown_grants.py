"""Grants that a terminal has journaled and the restored books do not know: booked from the journal (D4).

Central system and terminal agreed on such a grant after the backup was made. Its lots are named in the entry. What the
member's main account has of them is moved, as the grant did; what it has not, because what filled it was lost too,
comes from the operator's risk account. Only a journal that has not been replayed into this generation may name such
grants: they all were given before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_bridge.central.conflicts.noting import Kind, Noted, note
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.desk.turn import check_id
from backend_bridge.central.errors import CannotPost
from backend_bridge.central.fleet import generations
from backend_bridge.central.fleet.models import Grant, ReleasedRight, TerminalReplay
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import MAX_AMOUNT, LotFacts
from backend_bridge.central.organisation.models import Company, Pool
from backend_bridge.central.vouchers.models import Voucher
from loyalty.entries import MAX_INTEGER, GrantTaken
from loyalty.rights import ORIGINS, LotRight

if TYPE_CHECKING:
    from backend_bridge.central.desk.postings import Case


def book(case: Case, body: GrantTaken) -> None:
    """Book `body`'s grant from the journal. Raises `CannotPost` where there cannot be such a grant."""
    known = Grant.objects.filter(pk=check_id(body.grant)).first()
    if known is None:
        _check_allowed(case, body)
        known = _write(case, body)
    elif not _is_this(known, case, body):
        raise CannotPost("this grant was not given to this journal")
    if known.status != Grant.Status.OPEN:
        return
    missing = dict.fromkeys(sorted({right.pool for right in body.lots}), 0)
    for right in body.lots:
        pool = _pool(case, right, member=body.member)
        lot = _lot(case, right)
        missing[pool.pk] += _hold(case, pool, lot, right.points)
    if body.coupon is not None and case.closing is None:
        _home(case, body, check_id(body.coupon))
    known.status = Grant.Status.TAKEN
    known.save(update_fields=["status"])
    for unit, count in missing.items():
        _tell(case, body, pool=unit, count=count)


def _check_allowed(case: Case, body: GrantTaken) -> None:
    """Whether grants may be unknown: the journal is from before the restore, and not replayed to its end."""
    if not Customer.objects.filter(pk=check_id(body.member)).exists():
        raise CannotPost("the grant was given to a member who is not known")
    generation = generations.newest()
    replay = None if generation is None else generation.replays.filter(terminal=case.turn.terminal).first()
    if generation is None or (
        replay is not None and replay.state == TerminalReplay.State.REPLAYED and case.entry.epoch >= replay.epoch
    ):
        raise CannotPost("this grant was not given to this journal")


def _is_this(known: Grant, case: Case, body: GrantTaken) -> bool:
    here = (case.turn.terminal.pk, case.entry.epoch, body.member)
    return known.from_journal and (known.terminal_id, known.epoch, known.member_id) == here


def _write(case: Case, body: GrantTaken) -> Grant:
    return Grant.objects.create(
        id=body.grant,
        request=check_id(body.request),
        terminal=case.turn.terminal,
        epoch=case.entry.epoch,
        member_id=body.member,
        sealed=b"",
        lots={right.lot: right.points for right in body.lots},
        coupon=body.coupon or "",
        made_at=case.turn.at,
        sent_at=case.turn.at,
        sends=0,
        from_journal=True,
    )


def _pool(case: Case, right: LotRight, *, member: str) -> Pool:
    pool = case.batch.pools(case.turn.company).get(right.pool)
    if pool is None:
        raise CannotPost("the terminal's company does not accept this pool")
    if right.member != member or not 0 < right.points <= MAX_AMOUNT:
        raise CannotPost("the grant names another member, or points that cannot be")
    return pool


def _lot(case: Case, right: LotRight) -> LotFacts:
    """The lot as the books know it, or made anew as the grant names it."""
    facts = case.posting.new_lots.get(right.lot) or case.posting.book.lot(check_id(right.lot))
    if facts is not None:
        if (facts.member, facts.unit) != (right.member, right.pool):
            raise CannotPost("the grant names a lot that this member does not have")
        return facts
    moments = [right.created_ms, right.expires_ms or 0]
    if right.origin not in ORIGINS or not all(0 <= ms <= MAX_INTEGER // 2**21 for ms in moments):
        raise CannotPost("the grant names a lot that cannot be")
    if not Company.objects.filter(pk=right.issuer).exists():
        raise CannotPost("the grant names a lot of a company that is not known")
    return case.posting.new_lot(
        right.lot,
        unit=right.pool,
        member=right.member,
        issuer=right.issuer,
        origin=right.origin,
        expires_at=None if right.expires_ms is None else from_ms(right.expires_ms),
        created_at=from_ms(right.created_ms),
    )


def _hold(case: Case, pool: Pool, lot: LotFacts, count: int) -> int:
    """Let the journal hold `count` of `lot`; how many of them the operator's risk account gave.

    A journal that was closed holds nothing: there it is only noted what may turn up as spent (`late`).
    """
    posting, member = case.posting, str(lot.member)
    if case.closing is not None:
        _note_released(case, lot, count)
        return 0
    here, main = case.escrow(member=member, pool=pool.pk), accounts.main(member=member, pool=pool.pk)
    own = min(count, posting.held(main, lot.id))
    if own:
        posting.move(Transfer.Kind.GRANTED, main, here, own, lot=lot.id)
    lacking = count - own
    if lacking:
        risk = accounts.risk(company=None, unit=pool.pk)
        posting.move(Transfer.Kind.AT_RISK, risk, here, lacking, lot=lot.id)
        owed = accounts.purchased_liability(company=lot.issuer, currency=pool.currency)
        points.money_at_risk(posting, pool=pool, lot=lot, count=lacking, bearer=None, credit=owed)
    return lacking


def _note_released(case: Case, lot: LotFacts, count: int) -> None:
    row, made = ReleasedRight.objects.get_or_create(
        terminal=case.turn.terminal,
        epoch=case.entry.epoch,
        lot=lot.id,
        defaults={"member_id": str(lot.member), "points": count, "left": count},
    )
    if not made:
        row.points, row.left = row.points + count, row.left + count
        row.save(update_fields=["points", "left"])


def _home(case: Case, body: GrantTaken, coupon: str) -> None:
    """Make this journal the coupon's home again; raises `CannotPost` where it was used or given away since."""
    rows = Voucher.objects.filter(pk=coupon, kind=Voucher.Kind.POINTS, state=Voucher.State.ISSUED, home_terminal=None)
    where = {"home_terminal": case.turn.terminal, "home_epoch": case.entry.epoch, "home_grant": body.grant}
    if not rows.update(**where):
        raise CannotPost("the coupon of a grant from before the restore is not free any more")


def _tell(case: Case, body: GrantTaken, *, pool: str, count: int) -> None:
    noted = Noted(
        kind=Kind.UNKNOWN_GRANT,
        entry=case.posting.key,
        happened_at=case.posting.happened_at,
        detail=f"grant {body.grant} was booked from the journal; {count} points came from the operator's risk account",
        points=count,
        pool=pool,
        more=pool,
    )
    note(noted, terminal=case.turn.terminal, at=case.turn.at)

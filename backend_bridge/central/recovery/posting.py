"""Posting what happens to a journal as a whole: its rights go back to the members, or its risk is borne."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backend_bridge.central.acting.handler import Handler, Nothing
from backend_bridge.central.clearing import lines as clearing
from backend_bridge.central.errors import BooksError
from backend_bridge.central.fleet.models import Grant, JournalClosing, ReleasedRight
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.changed import settle_wishes
from loyalty.acts.journals import FrozenLot, GrantLapsed, Rights, RightsReleased, RightsWrittenOff, RiskBorne

How = JournalClosing.How


def post_released(act: RightsReleased, posting: Posting) -> Nothing:
    """Close a journal that is complete, or give back what came into one after it was closed. Raises `BooksError`."""
    _close(act, posting, how=How.COMPLETE)
    return Nothing()


def post_written_off(act: RightsWrittenOff, posting: Posting) -> Nothing:
    """Close a journal that is lost. Raises `BooksError`."""
    _close(act, posting, how=How.WRITTEN_OFF)
    return Nothing()


def post_lapsed(act: GrantLapsed, posting: Posting) -> Nothing:
    """Give back what a grant held that was never taken. Raises `BooksError`."""
    if not Grant.objects.filter(pk=act.grant, status=Grant.Status.OPEN).update(status=Grant.Status.RETURNED):
        raise BooksError(f"grant {act.grant} is not open")
    _give_back(act.lots, posting, terminal=act.terminal, epoch=act.epoch)
    if act.coupon is not None:
        _bring_home([act.coupon], posting, terminal=act.terminal, epoch=act.epoch, tracked=False)
    return Nothing()


def post_borne(act: RiskBorne, posting: Posting) -> Nothing:
    """Give a member back what was spent without them, and let the bearer owe for it. Raises `BooksError`."""
    pool = Pool.objects.get(pk=act.pool)
    risk, main = accounts.risk(company=act.bearer, unit=pool.pk), accounts.main(member=act.member, pool=pool.pk)
    for part in act.lots:
        posting.move(Transfer.Kind.AT_RISK, risk, main, part.points, lot=part.lot)
        facts = posting.lot(part.lot)
        owed = accounts.purchased_liability(company=facts.issuer, currency=pool.currency)
        points.money_at_risk(posting, pool=pool, lot=facts, count=part.points, bearer=act.bearer, credit=owed)
    points.fill_debts(posting, member=act.member, pool=pool.pk)
    clearing.record_undone(posting, reference=act.entry, pool=pool)
    cells = clearing.reward_cells(pool, [(part.lot, part.points) for part in act.lots])
    clearing.record(posting, pool=pool, cells=cells, issuer=act.bearer, reference=act.entry)
    return Nothing()


HANDLERS: dict[type[msgspec.Struct], Handler[Any]] = {
    RightsReleased: Handler(post_released, Nothing),
    RightsWrittenOff: Handler(post_written_off, Nothing),
    GrantLapsed: Handler(post_lapsed, Nothing),
    RiskBorne: Handler(post_borne, Nothing),
}


def _close(act: Rights, posting: Posting, *, how: JournalClosing.How) -> None:
    """The first act closes the journal; what comes into it later came up late."""
    known = JournalClosing.objects.filter(terminal=act.terminal, epoch=act.epoch).first()
    if known is None:
        JournalClosing.objects.create(
            terminal_id=act.terminal,
            epoch=act.epoch,
            how=how,
            bearer_id=act.bearer,
            cause=posting.key,
            at=posting.at,
        )
    _give_back(act.lots, posting, terminal=act.terminal, epoch=act.epoch)
    _keep_track(act, late=known is not None and posting.key.startswith("swept/"))
    _bring_home(act.coupons, posting, terminal=act.terminal, epoch=act.epoch)
    open_ones = Grant.objects.filter(pk__in=act.grants, terminal=act.terminal, epoch=act.epoch)
    if open_ones.filter(status=Grant.Status.OPEN).update(status=Grant.Status.RETURNED) != len(act.grants):
        raise BooksError("a grant of this journal is not open")


def _give_back(lots: Sequence[FrozenLot], posting: Posting, *, terminal: str, epoch: int) -> None:
    """The same lots, from the journal's escrow to their members' main accounts."""
    for frozen in lots:
        here = accounts.escrow(member=frozen.member, pool=frozen.pool, terminal=terminal, epoch=epoch)
        main = accounts.main(member=frozen.member, pool=frozen.pool)
        posting.move(Transfer.Kind.RETURNED, here, main, frozen.points, lot=frozen.lot)
    for member, pool in sorted({(frozen.member, frozen.pool) for frozen in lots}):
        points.fill_debts(posting, member=member, pool=pool)


def _keep_track(act: Rights, *, late: bool) -> None:
    """How much of each lot may still turn up as spent there."""
    for frozen in act.lots:
        row, made = ReleasedRight.objects.get_or_create(
            terminal_id=act.terminal,
            epoch=act.epoch,
            lot=frozen.lot,
            defaults={"member_id": frozen.member, "points": frozen.points, "left": frozen.points, "born_late": late},
        )
        if not made:
            row.points, row.left = row.points + frozen.points, row.left + frozen.points
            row.save(update_fields=["points", "left"])


def coupon_right(coupon: str) -> str:
    """How the right to register a coupon is named among the released ones."""
    return f"coupon:{coupon}"


def _bring_home(coupons: Sequence[str], posting: Posting, *, terminal: str, epoch: int, tracked: bool = True) -> None:
    """These coupons have no home any more, and what was wished of them meanwhile is judged."""
    for coupon in coupons:
        row = Voucher.objects.select_for_update(of=("self",)).get(pk=coupon)
        if not row.is_home(terminal=terminal, epoch=epoch):
            raise BooksError(f"coupon {coupon} has another home")
        if tracked:
            member = Grant.objects.values_list("member", flat=True).get(pk=row.home_grant)
            ReleasedRight.objects.get_or_create(
                terminal_id=terminal,
                epoch=epoch,
                lot=coupon_right(coupon),
                defaults={"member_id": member, "points": row.points, "left": row.points},
            )
        row.clear_home()
        row.save(update_fields=["home_terminal", "home_epoch", "home_grant"])
        settle_wishes(row, posting)

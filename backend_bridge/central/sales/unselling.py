"""Taking back what was sold for money: purchased points and vouchers, as far as they are unspent and unused.

A bonus came with the points, and goes with them: no more of the price is refunded than in proportion to what of the
bonus the customer still has. It is neither forgiven nor owed, whatever the policy for awards is (ADR 0016).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.sales.errors import NotReturnable
from backend_bridge.central.sales.gifts import gift_taken, returnable
from backend_bridge.central.vouchers.posting.taking import take_all
from loyalty.acts.sales import BoughtBack, GiftTaken, PointsBought, SaleMade, SaleReversed
from loyalty.acts.vouchers import LeftOver, VoucherCancelled
from loyalty.reversal.request import Portion, ReversalRequest, ReverseLine, portions
from loyalty.reversal.result import Reversal
from loyalty.reversal.taking_back import SpentPolicy
from loyalty.vouchers.record import VoucherRecord


def affordable(
    what: ReversalRequest, policy: SpentPolicy, sale: SaleMade, earlier: Sequence[SaleReversed], posting: Posting
) -> ReversalRequest:
    """What can be reversed: by the policy `within_balance`, of lines that sold points what the customer still has.

    Raises `NotReturnable` where nothing is left by that.
    """
    if policy is not SpentPolicy.WITHIN_BALANCE or not sale.bought:
        return what
    done = _done(earlier)
    wanted = portions(what, sale.sold.lines, done)
    asked = {one.line: one for one in what.lines or ()}
    lines: list[ReverseLine] = []
    for line, portion in wanted.items():
        bought = next((one for one in sale.bought if one.line == line), None)
        most = portion.gross_minor
        if bought is not None:
            most = min(_unspent_minor(bought, posting), _with_bonus_minor(bought, done, posting))
        if most >= portion.gross_minor:
            lines.append(asked.get(line, ReverseLine(line=line)))
        elif most:
            lines.append(ReverseLine(line=line, gross_minor=most))
    if not lines:
        raise _spent()
    return ReversalRequest(lines=tuple(lines))


def bought_back(
    reversal: Reversal,
    sale: SaleMade,
    earlier: Sequence[SaleReversed],
    posting: Posting,
    pools: Mapping[str, Pool],
) -> tuple[BoughtBack, ...]:
    """The purchased points that come back; raises `NotReturnable` for those that are spent."""
    before = _done(earlier)
    now = {line.line: line.gross_minor for line in reversal.lines}
    found = []
    for bought in sale.bought:
        minor, done = now.get(bought.line, 0), before.get(bought.line, Portion(0, 0)).gross_minor
        points, rest = divmod(minor, pools[bought.pool].point_value_minor)
        if rest:
            raise NotReturnable("lines", "whole_points", "points come back whole, for what they are worth")
        if points > _unspent(bought, posting):
            raise _spent()
        if points:
            bonus = 0 if bought.bonus is None else bought.bonus.points
            part = bonus * (done + minor) // bought.minor - bonus * done // bought.minor
            found.append(
                BoughtBack(line=bought.line, pool=bought.pool, lot=bought.lot, points=points, minor=minor, bonus=part)
            )
    return tuple(found)


def bonuses_taken(bought: Iterable[BoughtBack], sale: SaleMade, *, at_ms: int, trial: Posting) -> tuple[GiftTaken, ...]:
    """How the bonus of what comes back is taken; raises `NotReturnable` where the customer has too little of it."""
    bonuses = {one.line: one.bonus for one in sale.bought}
    found = []
    for one in bought:
        bonus = bonuses[one.line]
        if bonus is not None and one.bonus:
            gift = GiftTaken(lot=bonus.lot, pool=bonus.pool)
            if returnable(gift, one.bonus, at_ms=at_ms, trial=trial) < one.bonus:
                told = "of a price no more is refunded than in proportion to the bonus that is still there"
                raise NotReturnable("lines", "bonus_spent", told)
            found.append(gift_taken(gift, one.bonus, policy=SpentPolicy.REFUSE, at_ms=at_ms, trial=trial))
    return tuple(found)


def vouchers_back(
    reversal: Reversal, sale: SaleMade, earlier: Iterable[SaleReversed], posting: Posting
) -> tuple[VoucherCancelled, ...]:
    """The vouchers that were sold and are refunded, as many as pieces come back, those that are unused.

    Raises `NotReturnable` where too few are unused, or a part of a voucher would come back.
    """
    gone = {one.voucher for reversal_before in earlier for one in reversal_before.cancelled}
    lines = {line.line: line for line in reversal.lines}
    found: list[VoucherRecord] = []
    for sold in sale.vouchers:
        line = lines.get(sold.line)
        if line is None:
            continue
        if line.gross_minor != line.quantity * sold.issued.price_minor:
            raise NotReturnable("lines", "whole_vouchers", "vouchers come back whole, for what they cost")
        price = sold.issued.price_minor
        there = take_all([one for one in sold.issued.vouchers if one not in gone], posting)
        unused = [taken.record for taken in there.values() if _is_unused(taken.record, price)]
        if len(unused) < line.quantity:
            raise NotReturnable("lines", "used", "a voucher that was used is not taken back")
        found += unused[: line.quantity]
    return tuple(
        VoucherCancelled(
            voucher=one.voucher.voucher, minor=one.on_it_minor, left_over=LeftOver.REFUND, reason="reversed"
        )
        for one in found
    )


def _done(earlier: Iterable[SaleReversed]) -> dict[int, Portion]:
    done: dict[int, Portion] = {}
    for act in earlier:
        for line in act.reversal.lines:
            before = done.get(line.line, Portion(0, 0))
            done[line.line] = Portion(before.quantity + line.quantity, before.gross_minor + line.gross_minor)
    return done


def _unspent(bought: PointsBought, posting: Posting) -> int:
    member = str(posting.lot(bought.lot).member)
    return posting.held(accounts.main(member=member, pool=bought.pool), bought.lot)


def _unspent_minor(bought: PointsBought, posting: Posting) -> int:
    return _unspent(bought, posting) * (bought.minor // bought.points)


def _with_bonus_minor(bought: PointsBought, done: Mapping[int, Portion], posting: Posting) -> int:
    """What of the price can be refunded in proportion to the bonus that is still there, in whole points."""
    before = done.get(bought.line, Portion(0, 0)).gross_minor
    if bought.bonus is None:
        return bought.minor - before
    bonus = bought.bonus.points
    gone = bonus * before // bought.minor
    gift = GiftTaken(lot=bought.bonus.lot, pool=bought.pool)
    there = returnable(gift, bonus - gone, at_ms=to_ms(posting.at), trial=posting)
    most = max(0, (gone + there) * bought.minor // bonus - before)
    return most - most % (bought.minor // bought.points)


def _is_unused(record: VoucherRecord, price_minor: int) -> bool:
    # A use of goods that cost less than one minor unit a piece moves no money.
    whole = record.voucher.uses_left == record.uses_total and record.on_it_minor == price_minor
    return record.is_alive and whole


def _spent() -> NotReturnable:
    return NotReturnable("lines", "spent", "points that were bought and are spent are not taken back for money")

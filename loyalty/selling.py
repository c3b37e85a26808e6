"""A sale at a terminal, and what of it comes back: from rules and held rights to what an entry says (ADR 0021).

The terminal works it out to record it, the central system to check it: the same functions, the same answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from loyalty.acts.sales import GiftTaken
from loyalty.calendar import local_date
from loyalty.entries import ReceiptSold
from loyalty.errors import LoyaltyError
from loyalty.evaluation.case import Balance, RuleSet, Sale, SpendableLot, Tender
from loyalty.evaluation.evaluate import evaluate_sale
from loyalty.evaluation.rules import Rules, compile_rules
from loyalty.receipts.receipt import Customer, Receipt
from loyalty.reversal.record import SoldReceipt, sold_receipt
from loyalty.reversal.request import ReversalRequest
from loyalty.reversal.result import Reversal
from loyalty.reversal.reverse import reverse
from loyalty.reversal.taking_back import CustomerPoints, SpentPolicy, take_back
from loyalty.rights import LotRight, LotSpend, add
from loyalty.rights import take as take_rights
from loyalty.rules import RulesBundle, ruleset_of

#: How many lots of one pool a sale can be paid with, those first that are spent first.
_MOST_LOTS = 1000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class NotAsJudged(LoyaltyError, ValueError):
    """What an entry says of a receipt does not follow from its sale and its rules."""


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What receipts are judged by at a branch, made ready."""

    ruleset: RuleSet
    ready: Rules


def rules_of(bundle: RulesBundle) -> BranchRules:
    """The rules of a bundle, made ready once for each. Raises `WireError` or `CaseError` for one that cannot judge."""
    return _ready(msgspec.msgpack.encode(ruleset_of(bundle), order="deterministic"))


@lru_cache(maxsize=64)
def _ready(encoded: bytes) -> BranchRules:
    ruleset = msgspec.msgpack.decode(encoded, type=RuleSet)
    return BranchRules(ruleset, compile_rules(ruleset))


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer can spend here of one pool: `rights` that are held, their whole balance as far as it is
    known, and whether the minimum was found to be reached when the rights were granted."""

    pool: str
    total: int
    rights: tuple[LotRight, ...] = ()
    unlocked: bool = False


def sale_of(
    receipt: Receipt,
    *,
    at_ms: int,
    customer: Customer | None = None,
    purses: Iterable[Purse] = (),
    tenders: tuple[Tender, ...] = (),
) -> Sale:
    """The sale that is judged: `receipt` at `at_ms`, paid with what is held here."""
    at = _EPOCH + dt.timedelta(milliseconds=at_ms)
    balances = () if customer is None else tuple(_balance(purse) for purse in purses)
    return Sale(at=at, receipt=receipt, customer=customer, balances=balances, tenders=tenders)


def _balance(purse: Purse) -> Balance:
    rights = sorted(purse.rights, key=lambda one: (one.expires_ms is None, one.expires_ms or 0, one.created_ms))
    return Balance(
        pool=purse.pool,
        points=purse.total,
        unlocked=purse.unlocked,
        lots=tuple(
            SpendableLot(
                lot=one.lot,
                points=one.points,
                issuer=one.issuer,
                origin=one.origin,  # type: ignore[arg-type]  # checked by `evaluate_sale`
                expires_ms=one.expires_ms,
                created_ms=one.created_ms,
            )
            for one in rights[:_MOST_LOTS]
        ),
    )


def judge(sale: Sale, rules: BranchRules) -> SoldReceipt:
    """What `sale` comes to; raises `CaseError` naming the field that is wrong."""
    return sold_receipt(sale, rules.ruleset, evaluate_sale(sale, rules.ready))


def entry_of(sale: Sale, rules: BranchRules, *, name: str) -> ReceiptSold:
    """The body of the entry that records `sale`; `name` is the entry's own, by which lots are named."""
    sold = judge(sale, rules)
    return ReceiptSold(
        sale=sale,
        sold=sold,
        day=local_date(_ms(sale), rules.ruleset.branch.timezone),
        lots=_awarded(sale, sold, issuer=rules.ruleset.branch.company, name=name),
    )


def check(body: ReceiptSold, rules: BranchRules, *, name: str) -> None:
    """Raises `NotAsJudged` where `body` is not what its sale comes to, and `CaseError` for a sale that cannot be."""
    if body != entry_of(body.sale, rules, name=name):
        raise NotAsJudged("the receipt does not come to what the rules say")


def _awarded(sale: Sale, sold: SoldReceipt, *, issuer: str, name: str) -> tuple[LotRight, ...]:
    if sale.customer is None:
        return ()
    return tuple(
        LotRight(
            lot=f"{name}.{number}",
            member=sale.customer.customer,
            pool=award.pool,
            points=award.points,
            issuer=issuer,
            expires_ms=award.expires_ms,
            created_ms=_ms(sale),
        )
        for number, award in enumerate(sold.evaluation.awards)
    )


def paid_lots(sold: SoldReceipt) -> tuple[LotSpend, ...]:
    """The lots that paid, each once."""
    sums: dict[str, int] = {}
    for paid in sold.evaluation.paid:
        for use in paid.lots:
            sums[use.lot] = sums.get(use.lot, 0) + use.points
    return tuple(LotSpend(lot, points) for lot, points in sums.items() if points)


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What a reversal does here: the amounts, the rights that come back, and what is taken of the awards."""

    reversal: Reversal
    lots: tuple[LotRight, ...]
    gifts: tuple[GiftTaken, ...]


def take_back_sale(
    body: ReceiptSold,
    earlier: Sequence[Reversal],
    request: ReversalRequest,
    *,
    held: Iterable[LotRight],
    at_ms: int,
) -> Back:
    """Reverse `request` of a receipt with the rights that are `held` for its customer (by `absorb`).

    Points that had paid come back first; what is to be taken back is taken from what is held then, and the rest is
    owed. Raises `loyalty.reversal.errors.ReversalError`.
    """
    reversal = reverse(body.sold, tuple(earlier), request)
    lots = points_back(body.sale, reversal)
    rights = add(held, lots)
    gifts = []
    born = {award.campaign: lot for award, lot in zip(body.sold.evaluation.awards, body.lots, strict=True)}
    for award in reversal.awards:
        if not award.points:
            continue
        own = born[award.campaign]
        there = CustomerPoints(main=tuple(one for one in rights if one.pool == own.pool and one.member == own.member))
        taken = take_back(award.points, own_lots=(own.lot,), customer=there, policy=SpentPolicy.ABSORB, at_ms=at_ms)
        rights = take_rights(rights, taken.taken, member=own.member)
        gifts.append(GiftTaken(lot=own.lot, pool=own.pool, taken=taken.taken, debt=taken.debt))
    return Back(reversal=reversal, lots=lots, gifts=tuple(gifts))


def points_back(sale: Sale, reversal: Reversal) -> tuple[LotRight, ...]:
    """The points that a reversal gives back, as the lots that had paid."""
    known = {lot.lot: (balance.pool, lot) for balance in sale.balances for lot in balance.lots or () if sale.customer}
    back = []
    for paid in reversal.points:
        for name, points in paid.by_lot().items():
            pool, lot = known[name]
            back.append(
                LotRight(
                    lot=name,
                    member=sale.customer.customer if sale.customer else "",
                    pool=pool,
                    points=points,
                    issuer=lot.issuer,
                    origin=lot.origin,
                    expires_ms=lot.expires_ms,
                    created_ms=lot.created_ms,
                )
            )
    return tuple(back)


def check_gifts(gifts: Sequence[GiftTaken], reversal: Reversal, body: ReceiptSold) -> None:
    """Raises `NotAsJudged` unless `gifts` take back exactly what `reversal` says of each award."""
    born = {award.campaign: lot for award, lot in zip(body.sold.evaluation.awards, body.lots, strict=True)}
    wanted = {(born[one.campaign].lot, born[one.campaign].pool): one.points for one in reversal.awards if one.points}
    told = [((one.lot, one.pool), sum(part.points for part in one.taken) + one.debt) for one in gifts]
    # Each award once: of two that name one award, the second would hide what the first takes.
    if len(told) != len(wanted) or dict(told) != wanted:
        raise NotAsJudged("what is taken back of the awards is not what the reversal says")
    if any(one.expired or one.forgiven or one.debt < 0 or any(part.points <= 0 for part in one.taken) for one in gifts):
        raise NotAsJudged("what is taken back of the awards is not what the reversal says")


def _ms(sale: Sale) -> int:
    return (sale.at - _EPOCH) // dt.timedelta(milliseconds=1)

"""Posting a reversal: the opposite of everything that the receipt did, under the same lots."""

from __future__ import annotations

import msgspec

from backend_bridge.central.campaigns import stocks
from backend_bridge.central.clearing import lines as clearing
from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.recovery.giving_back import give_back_risk
from backend_bridge.central.sales.models import Receipt, ReceiptHome
from backend_bridge.central.sales.purses import Purse, in_main
from backend_bridge.central.sales.rows import write_reversal
from backend_bridge.central.sales.taking import return_points, take_bought, take_gift
from backend_bridge.central.vouchers.posting.changed import post_cancelled
from backend_bridge.central.vouchers.posting.issued import post_issued
from backend_bridge.central.vouchers.posting.used import post_use_returned
from loyalty.acts.sales import GiftTaken, SaleReversed


class ReversalIs(msgspec.Struct, frozen=True):
    """Which reversal of the receipt it is, and the vouchers that stand in the place of others."""

    number: int
    reissued: tuple[str, ...] = ()


def post_reversed(act: SaleReversed, posting: Posting, *, purse: Purse = in_main) -> ReversalIs:
    """Post everything that comes back; points go to and are taken from `purse`.

    Raises `BooksError`, and what the vouchers refuse.
    """
    receipt = Receipt.objects.select_related("branch").get(cause=act.sale)
    if receipt.company_id != posting.company:
        raise BooksError("a receipt is reversed at its own company")
    zone, pools = act.zone or receipt.branch.timezone, Pool.objects.in_bulk(_pools(act))
    return_points(act.reversal.points, posting, pools, purse=purse)
    for paid in act.reversal.points:
        give_back_risk(posting, sale=act.sale, pool=pools[paid.pool], returned=paid.by_lot(), purse=purse)
        clearing.record_returned(
            posting,
            pool=pools[paid.pool],
            cells=paid.cells,
            reference=act.sale,
            timezone=zone,
            receipt=act.receipt,
        )
    for bought in act.bought:
        take_bought(bought, posting, pools)
    for gift in act.gifts:
        take_gift(gift, posting, purse=purse)
        _clear_what_others_gave(gift, posting, pools[gift.pool], zone, act)
    stocks.give_back(act.limits)
    for returned in act.returned:
        post_use_returned(returned, posting)
    post_cancelled(act.cancelled, posting)
    for one in act.reissued:
        post_issued(one.issued, posting)
    write_reversal(act, posting, receipt)
    if purse is in_main:
        # The journal that had the right has been closed.
        ReceiptHome.objects.filter(cause__key=act.sale).delete()
    return ReversalIs(act.number, tuple(voucher for one in act.reissued for voucher in one.issued.vouchers))


def _clear_what_others_gave(gift: GiftTaken, posting: Posting, pool: Pool, zone: str, act: SaleReversed) -> None:
    """Points of other companies that were taken for this company's award are spent here."""
    others = [(part.lot, part.points) for part in gift.taken if posting.lot(part.lot).issuer != posting.company]
    if others and pool.network:
        cells = clearing.reward_cells(pool, others)
        clearing.record(posting, pool=pool, cells=cells, timezone=zone, receipt=act.receipt)


def _pools(act: SaleReversed) -> set[str]:
    moved = {one.pool for one in act.reversal.points} | {one.pool for one in act.gifts}
    return moved | {one.pool for one in act.bought}

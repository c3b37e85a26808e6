"""Posting a sale: points, purchased points, vouchers, limits, clearing, and the receipt's own rows."""

from __future__ import annotations

import msgspec

from backend_bridge.central.campaigns import stocks
from backend_bridge.central.clearing import lines as clearing
from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.errors import BooksError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Branch, Pool
from backend_bridge.central.sales.purses import Purse, in_main
from backend_bridge.central.sales.rows import write_receipt
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.posting.issued import post_issued
from backend_bridge.central.vouchers.posting.registered import register_at_terminal
from backend_bridge.central.vouchers.posting.taking import homeless, locked
from backend_bridge.central.vouchers.posting.used import post_used
from loyalty.acts.sales import LotGiven, PointsBought, SaleMade
from loyalty.reversal.points import cells_of


class SaleIs(msgspec.Struct, frozen=True):
    """What a sale made: the receipt's number, the vouchers for later, and those that it sold."""

    receipt: str
    rebates: tuple[str, ...] = ()
    vouchers: tuple[str, ...] = ()


def post_sale(act: SaleMade, posting: Posting, *, purse: Purse = in_main) -> SaleIs:
    """Post everything that the receipt gave and took; its points come from and go to `purse`.

    Raises `BooksError`, and what the vouchers refuse.
    """
    branch = Branch.objects.select_related("company").get(pk=act.branch)
    if branch.company_id != posting.company:
        raise BooksError("a receipt is posted at its branch's company")
    pools = Pool.objects.in_bulk(_pools(act))
    posting.book.prefetch(lots=_lots(act))
    stocks.take(act.taken)
    for used in act.used:
        post_used(used, posting)
    _pay_with_points(act, posting, pools, branch, purse)
    _register(act, posting)
    for one in act.bought:
        _sell_points(one, act, posting, pools[one.pool])
    for given in act.awards:
        give(given, act, posting, kind=Transfer.Kind.AWARDED, origin="earned", purse=purse)
    for issued in (*act.rebates, *(one.issued for one in act.vouchers)):
        post_issued(issued, posting)
    write_receipt(act, posting, branch)
    if act.member is not None:
        meet(customer=act.member, company=posting.company, at=posting.at)
    return SaleIs(
        act.receipt,
        rebates=tuple(voucher for one in act.rebates for voucher in one.vouchers),
        vouchers=tuple(voucher for one in act.vouchers for voucher in one.issued.vouchers),
    )


def give(
    given: LotGiven,
    act: SaleMade,
    posting: Posting,
    *,
    kind: Transfer.Kind,
    origin: str,
    purse: Purse = in_main,
) -> None:
    """Post points as a lot in `purse`: in the customer's main account they fill what is owed first."""
    gift = points.Gift(
        lot=given.lot,
        member=_member(act),
        pool=given.pool,
        points=given.points,
        issuer=posting.company,
        origin=origin,
        expires_at=None if given.expires_ms is None else from_ms(given.expires_ms),
    )
    points.give(posting, gift, kind=kind, to=purse(gift.member, gift.pool))


def _pay_with_points(act: SaleMade, posting: Posting, pools: dict[str, Pool], branch: Branch, purse: Purse) -> None:
    for number, paid in enumerate(act.sold.evaluation.paid):
        if paid.type != "points":
            continue
        pool, lots = pools[paid.id], [(use.lot, use.points) for use in paid.lots]
        points.spend(posting, pool=pool, lots=lots, debit=purse(_member(act), pool.pk))
        cells = cells_of(act.sold, number)
        clearing.record(posting, pool=pool, cells=cells, timezone=act.zone or branch.timezone, receipt=act.receipt)


def _register(act: SaleMade, posting: Posting) -> None:
    for given in act.registered:
        row: Voucher = homeless(locked(given.by, company=posting.company))
        register_at_terminal(row, posting, member=_member(act), lot=given.lot)


def _sell_points(bought: PointsBought, act: SaleMade, posting: Posting, pool: Pool) -> None:
    """Points against money: what is owed for them is exactly what was paid."""
    if bought.minor != bought.points * pool.point_value_minor:
        raise BooksError("purchased points cost what they are worth")
    sold = LotGiven(lot=bought.lot, pool=bought.pool, points=bought.points, by="")
    give(sold, act, posting, kind=Transfer.Kind.PURCHASED, origin=points.PURCHASED)
    till = accounts.till(company=posting.company, currency=pool.currency)
    owed = accounts.purchased_liability(company=posting.company, currency=pool.currency)
    posting.move(Transfer.Kind.PURCHASED, till, owed, bought.minor)
    if bought.bonus is not None:
        give(bought.bonus, act, posting, kind=Transfer.Kind.GIVEN, origin="goodwill")


def _lots(act: SaleMade) -> set[str]:
    """The lots that are used and made, which are looked for at once."""
    used = {use.lot for paid in act.sold.evaluation.paid for use in paid.lots}
    made = {one.lot for one in (*act.awards, *act.registered)} | {one.lot for one in act.bought}
    return used | made


def _pools(act: SaleMade) -> set[str]:
    paid = {one.id for one in act.sold.evaluation.paid if one.type == "points"}
    return paid | {one.pool for one in act.bought} | {one.pool for one in act.awards}


def _member(act: SaleMade) -> str:
    if act.member is None:
        raise BooksError("points belong to a customer; there is none")
    return act.member

"""Lines that sell points (V17): purchased points are company-internal, and cost exactly what they are worth."""

from __future__ import annotations

from collections.abc import Iterable

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Branch, Pool, accepted_pools
from backend_bridge.central.sales.building import Judged
from backend_bridge.central.sales.errors import BadSale
from backend_bridge.central.sales.request import SaleRequest, TopUpLine
from loyalty.acts.sales import LotGiven, PointsBought
from loyalty.receipts.receipt import MERCHANDISE, Line, LineKind


def bought(request: SaleRequest, *, branch: Branch, member: str | None, posting: Posting) -> tuple[PointsBought, ...]:
    """What the lines of points sell, as facts with the lots that they become. Raises `BadSale`."""
    lines = checked(request, branch=branch, member=member)
    return tuple(_bought(line, wanted, pool, posting, number) for number, (line, wanted, pool) in enumerate(lines))


def checked(request: SaleRequest, *, branch: Branch, member: str | None) -> list[tuple[Line, TopUpLine, Pool]]:
    """The lines of points, each with its pool; raises `BadSale` where they do not fit together."""
    sold = {line.line: line for line in request.receipt.lines if line.kind is LineKind.POINTS}
    wanted = {one.line: one for one in request.top_ups}
    if len(wanted) != len(request.top_ups) or wanted.keys() != sold.keys():
        raise BadSale("top_ups", "lines", "each line that sells points says of which pool, once")
    if sold and member is None:
        raise BadSale("who", "required", "points are sold to a customer who is known")
    pools = {pool.pk: pool for pool in accepted_pools(branch.company)}
    return [(sold[line], wanted[line], _pool(wanted[line], pools, sold[line])) for line in sorted(sold)]


def _pool(wanted: TopUpLine, pools: dict[str, Pool], line: Line) -> Pool:
    pool = pools.get(wanted.pool)
    if pool is None:
        raise BadSale("top_ups.pool", "accepted", "this company does not accept these points")
    if pool.network:
        raise BadSale("top_ups.pool", "internal", "only a company's own points are sold")
    if not line.gross_minor or line.gross_minor % pool.point_value_minor:
        raise BadSale("receipt.lines.gross_minor", "whole_points", "the price is that of a whole number of points")
    return pool


def _bought(line: Line, wanted: TopUpLine, pool: Pool, posting: Posting, number: int) -> PointsBought:
    bonus = None
    if wanted.bonus:
        lot = posting.id("bonus", number)
        bonus = LotGiven(lot=lot, pool=pool.pk, points=wanted.bonus, by=f"line-{line.line}")
    return PointsBought(
        line=line.line,
        pool=pool.pk,
        lot=posting.id("bought", number),
        points=line.gross_minor // pool.point_value_minor,
        minor=line.gross_minor,
        bonus=bonus,
    )


def check_rounding(request: SaleRequest, found: Judged) -> None:
    """Raises `BadSale` where cash is rounded down on points or vouchers that are sold: whoever buys two cents again
    and again would pay nothing, and have euros in the end."""
    kept = sum(line.gross_minor for line in request.receipt.lines if line.kind not in MERCHANDISE)
    if found.evaluation.rounding_minor < 0 and kept % found.rules.ready.cash_step:
        told = "points and vouchers that are paid in cash cost what can be paid in coins"
        raise BadSale("receipt.lines.gross_minor", "cash_step", told)


def points_of(lots: Iterable[PointsBought]) -> dict[str, int]:
    """How many points were bought, by pool."""
    sums: dict[str, int] = {}
    for one in lots:
        sums[one.pool] = sums.get(one.pool, 0) + one.points
    return sums

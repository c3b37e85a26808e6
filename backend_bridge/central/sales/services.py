"""Selling: what a receipt would come to, and recording it once. Reversals are in `sales.returning`."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.acting import judge
from backend_bridge.central.ledger import balances
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Branch, accepted_pools
from backend_bridge.central.sales import topping
from backend_bridge.central.sales.building import judged
from backend_bridge.central.sales.customers import found
from backend_bridge.central.sales.deciding import sale_made
from backend_bridge.central.sales.errors import BadSale, ReceiptUsedOtherwise
from backend_bridge.central.sales.late import check_moment
from backend_bridge.central.sales.request import SaleRequest, TopUpLine, Who, digest
from backend_bridge.central.sales.selling_vouchers import vouchers_sold
from loyalty.acts.sales import SaleMade
from loyalty.evaluation.case import CardTender, CashTender, Tender
from loyalty.evaluation.checks import check_form
from loyalty.evaluation.result import Evaluation
from loyalty.receipts.receipt import Line, LineKind, Receipt

_ARTICLE = "points"


class SaleTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt comes to, or came to. `balances` are the customer's points by pool, afterwards where it was
    recorded; `rebates` are the vouchers for later, `vouchers` those that were sold; `rules` is the version
    that it was judged by."""

    receipt: str
    member: str | None
    evaluation: Evaluation
    rules: str
    versions: dict[str, int]
    balances: dict[str, int]
    rebates: tuple[str, ...] = ()
    vouchers: tuple[str, ...] = ()
    repeated: bool = False


def try_sale(
    *, company: str, branch: str, request: SaleRequest, at: dt.datetime, happened_at: dt.datetime | None = None
) -> SaleTold:
    """What `request` would come to at `at`, with nothing booked and nothing locked. With `happened_at` it was
    bought then, and is judged by that.

    Raises `SaleError`, `loyalty.evaluation.errors.CaseError` and `VoucherError`, each naming the field.
    """
    place = _checked(request, branch, company=company)
    check_moment(happened_at, at=at)
    member = found(request.who, company=company)
    topping.checked(request, branch=place, member=member)
    vouchers_sold(request, company=company, member=member)
    told = judged(request, branch=place, member=member, at=happened_at or at, now=at, posting=None)
    topping.check_rounding(request, told)
    return SaleTold(
        receipt=request.receipt.receipt,
        member=member,
        evaluation=told.evaluation,
        rules=told.rules.version,
        versions=told.rules.versions,
        balances=_balances(place, member, at),
    )


def record_sale(
    *,
    company: str,
    branch: str,
    request: SaleRequest,
    by: str,
    at: dt.datetime,
    happened_at: dt.datetime | None = None,
) -> SaleTold:
    """Record `request`, once for its receipt number at this branch; the same request again gets the same answer.

    Raises `ReceiptUsedOtherwise` for another request under the number, and what `try_sale` raises; nothing is
    booked then. `happened_at` is when it was bought, by which it is judged;
    that of the first time counts.
    """
    place = _checked(request, branch, company=company)
    member = found(request.who, company=company)

    def decide(posting: Posting) -> SaleMade:
        # What was recorded in time is answered again at any time: this is not asked then.
        check_moment(happened_at, at=at)
        return sale_made(request, branch=place, member=member, posting=posting)

    done = judge(
        decide,
        key=sale_key(branch, request.receipt.receipt),
        company=company,
        by=by,
        at=at,
        happened_at=happened_at,
    )
    act: SaleMade = done.act
    if done.repeated and act.request != digest(request, member=member):
        raise ReceiptUsedOtherwise
    return SaleTold(
        receipt=act.receipt,
        member=act.member,
        evaluation=act.sold.evaluation,
        rules=act.rules,
        versions=act.versions,
        balances=_balances(place, act.member, at),
        rebates=done.result.rebates,
        vouchers=done.result.vouchers,
        repeated=done.repeated,
    )


def top_up(
    *,
    company: str,
    branch: str,
    receipt: str,
    who: Who,
    pool: str,
    minor: int,
    bonus: int = 0,
    cash: bool = False,
    by: str,
    at: dt.datetime,
) -> SaleTold:
    """Sell points of a company's own pool for `minor`, which is their worth; `bonus` points come on top (V17).

    It is a receipt with one line: repeated, reversed and reported like any other. Raises as `record_sale`.
    """
    tender: Tender = CashTender() if cash else CardTender()
    sold = Line(line=1, article=_ARTICLE, gross_minor=minor, kind=LineKind.POINTS)
    request = SaleRequest(
        receipt=Receipt(receipt=receipt, lines=(sold,)),
        who=who,
        tenders=(tender,),
        top_ups=(TopUpLine(line=1, pool=pool, bonus=bonus),),
    )
    return record_sale(company=company, branch=branch, request=request, by=by, at=at)


def branch_of(branch: str, *, company: str) -> Branch:
    """The company's branch; raises `BadSale`, for another company's too (P6)."""
    row = Branch.objects.select_related("company").filter(pk=branch, company=company).first()
    if row is None:
        raise BadSale("branch", "known", "this company has no such branch")
    return row


def sale_key(branch: str, receipt: str) -> str:
    """The key of the cause of a receipt."""
    return f"sale/{branch}/{receipt}"


def _checked(request: SaleRequest, branch: str, *, company: str) -> Branch:
    """The branch, for a request that can be kept as it is; raises `CaseError` and `BadSale`."""
    check_form(request)
    if not request.receipt.lines:
        raise BadSale("receipt.lines", "some", "a receipt has at least one line")
    return branch_of(branch, company=company)


def _balances(branch: Branch, member: str | None, at: dt.datetime) -> dict[str, int]:
    if member is None:
        return {}
    pools = [pool.pk for pool in accepted_pools(branch.company)]
    return dict.fromkeys(pools, 0) | balances.totals(member=member, pools=pools, at=at)

"""Receipts: tried, recorded, reversed (P1, P2, V15); points for an amount, points as payment, points sold (V17).

A receipt is known by its branch and its own number. Recording it is once for that number besides the
idempotency key: a till that asks again with another key gets the same answer.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.conf import settings
from ninja import Query

from backend_bridge.central.api.belonging import branch_in, customer_in, pool_in, unknown
from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Cursor, Day, Hex, Limit, PathId
from backend_bridge.central.api.paging import page
from backend_bridge.central.api.problems import broken, conflict, missing_scope, not_found
from backend_bridge.central.api.proving import check_proof, check_proved
from backend_bridge.central.api.sections.receipt_bodies import (
    AwardWanted,
    Buyer,
    NumberPath,
    ReceiptListed,
    ReceiptRecalled,
    Receipts,
    ReceiptShown,
    ReversalWanted,
    SaleWanted,
    SpendWanted,
    TopUpWanted,
)
from backend_bridge.central.customers import cards as card_numbers
from backend_bridge.central.customers.errors import named
from backend_bridge.central.customers.services.finding import find_by_username
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.sales import recalling, services
from backend_bridge.central.sales.errors import ReceiptNotKnown
from backend_bridge.central.sales.kept import reversals_of, sale_of
from backend_bridge.central.sales.models import Receipt as ReceiptRow
from backend_bridge.central.sales.request import ReverseRequest, SaleRequest, Who
from backend_bridge.central.sales.returning import ReversalTold, reverse_sale
from backend_bridge.central.sales.services import SaleTold
from loyalty.conditions import Channel
from loyalty.evaluation.case import PointsTender, Tender, VoucherTender
from loyalty.receipts.receipt import Line, Receipt
from loyalty.reversal.request import ReversalRequest

section = Section("receipts", "What is bought: tried, recorded once, reversed; points earned, spent and sold with it.")
_REDEEM = "vouchers:redeem"


@section.ask("/branches/{branch}/receipts/evaluation", scope="receipts:write")
def evaluate_receipt(call: Call, branch: PathId, sale: SaleWanted) -> SaleTold:
    """What a receipt would come to now: discounts, payments, awards, and why anything does not apply."""
    row = _branch(call, branch)
    return services.try_sale(
        company=call.company, branch=row.pk, request=_request(call, sale), at=call.at, happened_at=sale.happened_at
    )


@section.post("/branches/{branch}/receipts", scope="receipts:write")
def record_receipt(call: Call, branch: PathId, sale: SaleWanted) -> SaleTold:
    """Record a receipt with all that it does to points, vouchers and limits.

    A receipt that sells points needs `points:topup` too, one that sells vouchers `vouchers:issue`, one that is paid
    with points `points:spend`, and one that names vouchers `vouchers:redeem`: without that, those on the customer's
    card are left alone as well.
    """
    row = _branch(call, branch)
    _check_scopes(call, sale)
    request = _request(call, sale)
    if sale.who is not None and any(isinstance(tender, PointsTender) for tender in sale.tenders):
        check_proved(call, request.who, sale.who.proof)
    return services.record_sale(
        company=call.company,
        branch=row.pk,
        request=request,
        by=call.caller.by,
        at=call.at,
        happened_at=sale.happened_at,
    )


@section.get("/branches/{branch}/receipts", scope="receipts:read")
def list_receipts(
    call: Call,
    branch: PathId,
    *,
    customer: Annotated[Hex | None, Query(None, description="Only what this customer bought.")],
    first: Annotated[Day | None, Query(None, description="The first day, by the branch's own date.")],
    last: Annotated[Day | None, Query(None, description="The last day.")],
    cursor: Cursor,
    limit: Limit,
) -> Receipts:
    """The receipts of a branch, the newest first."""
    rows = ReceiptRow.objects.filter(company=call.company, branch=_branch(call, branch))
    asked = {"customer": customer, "day__gte": first, "day__lte": last}
    rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
    filters = "\0".join([branch, *map(str, asked.values())])
    found = page(call, rows, name="receipts", order="-id", cursor=cursor, limit=limit, filters=filters)
    return Receipts(items=tuple(_listed(row) for row in found.rows), next=found.next)


@section.get("/branches/{branch}/receipts/{receipt}", scope="receipts:read")
def read_receipt(call: Call, branch: PathId, receipt: NumberPath) -> ReceiptShown:
    """One receipt of the company."""
    row = ReceiptRow.objects.filter(company=call.company, branch=branch, number=receipt).first()
    if row is None:
        raise not_found("receipt")
    sale = sale_of(row)
    return ReceiptShown(
        receipt=row.number,
        branch=row.branch_id,
        customer=row.customer_id,
        channel=row.channel,
        happened_at=row.happened_at,
        lines=sale.sold.lines,
        evaluation=sale.sold.evaluation,
        reversals=tuple(one.reversal for one in reversals_of(row)),
        at_terminal=recalling.at_terminal(row),
    )


@section.post("/branches/{branch}/receipts/{receipt}/recall", scope="receipts:write")
def recall_receipt(call: Call, branch: PathId, receipt: NumberPath) -> ReceiptRecalled:
    """Ask the terminal that sold a receipt for the right to reverse it. It comes when the terminal is online; look
    at the receipt again until `at_terminal` is null."""
    row = _branch(call, branch)
    try:
        terminal = recalling.recall(company=call.company, branch=row.pk, receipt=receipt, at=call.at)
    except ReceiptNotKnown:
        raise not_found("receipt") from None
    return ReceiptRecalled(receipt=receipt, at_terminal=terminal)


@section.post("/branches/{branch}/receipts/{receipt}/reversals", scope="receipts:write")
def reverse_receipt(call: Call, branch: PathId, receipt: NumberPath, wanted: ReversalWanted) -> ReversalTold:
    """Reverse a receipt, as a whole or by line. Points that were bought come back as far as they and their bonus are
    unspent; for awards that are spent the company's policy counts, or a stricter `policy`."""
    row = _branch(call, branch)
    request = ReverseRequest(
        receipt=receipt, what=ReversalRequest(lines=wanted.lines), policy=wanted.policy, reason=wanted.reason
    )
    try:
        return reverse_sale(
            company=call.company, branch=row.pk, request=request, key=call.cause, by=call.caller.by, at=call.at
        )
    except ReceiptNotKnown:
        raise not_found("receipt") from None


@section.post("/points/awards", scope="points:award")
def award_points(call: Call, wanted: AwardWanted) -> SaleTold:
    """Award what the campaigns give for an amount that was paid elsewhere. Nothing lowers that amount any more."""
    line = _line(wanted, wanted.amount_minor)
    return _record(call, wanted, line)


@section.post("/points/spends", scope="points:spend")
def spend_points(call: Call, wanted: SpendWanted) -> SaleTold:
    """Take exactly these points as payment: nothing lowers the price. Too few points, or a balance below the minimum,
    are a conflict; nothing is taken."""
    pool = pool_in(call, wanted.pool)
    line = _line(wanted, wanted.points * pool.point_value_minor)
    told = _record(call, wanted, line, PointsTender(pool=pool.pk, points=wanted.points))
    # A receipt leaves open what points do not pay; who asks for points alone wants all of it or nothing.
    if told.evaluation.open_minor:
        reasons = [str(one.reason.value) for one in told.evaluation.not_applied if one.id == pool.pk]
        raise conflict("These points cannot be spent now.", reason=(reasons or ["not_enough_points"])[0])
    return told


@section.post("/points/top-ups", scope="points:topup")
def top_up(call: Call, wanted: TopUpWanted) -> SaleTold:
    """Sell points for money. They are owed to the customer until they are spent, apart from earned ones."""
    return services.top_up(
        company=call.company,
        branch=branch_in(call, wanted.branch).pk,
        receipt=wanted.receipt,
        who=_who(call, wanted.who),
        pool=wanted.pool,
        minor=wanted.amount_minor,
        bonus=wanted.bonus,
        cash=wanted.cash,
        by=call.caller.by,
        at=call.at,
    )


def _listed(row: ReceiptRow) -> ReceiptListed:
    return ReceiptListed(
        receipt=row.number,
        customer=row.customer_id,
        channel=row.channel,
        currency=row.currency,
        day=row.day,
        happened_at=row.happened_at,
        gross_minor=row.gross_minor,
        discount_minor=row.discount_minor,
        voucher_minor=row.voucher_minor,
        points_minor=row.points_minor,
        paid_minor=row.paid_minor,
        open_minor=row.open_minor,
    )


def _record(call: Call, wanted: AwardWanted | SpendWanted, line: Line, *tenders: Tender) -> SaleTold:
    branch = branch_in(call, wanted.branch)
    request = SaleRequest(
        receipt=Receipt(receipt=wanted.receipt, lines=(line,), channel=Channel(call.caller.channel)),
        who=_who(call, wanted.who),
        tenders=tenders,
        agreed=True,
    )
    if tenders:
        check_proved(call, request.who, wanted.who.proof)
    return services.record_sale(
        company=call.company,
        branch=branch.pk,
        request=request,
        by=call.caller.by,
        at=call.at,
        happened_at=wanted.happened_at if isinstance(wanted, AwardWanted) else None,
    )


def _line(wanted: AwardWanted | SpendWanted, gross_minor: int) -> Line:
    return Line(
        line=1,
        article=wanted.article,
        group=wanted.group,
        gross_minor=gross_minor,
        vat_rate_bp=wanted.vat_rate_bp,
    )


def _check_scopes(call: Call, sale: SaleWanted) -> None:
    """What has a scope of its own does not become possible by standing on a receipt; raises `ProblemError`."""
    paid = {type(tender) for tender in sale.tenders}
    needed: dict[str, bool] = {
        "points:topup": bool(sale.top_ups),
        "vouchers:issue": bool(sale.voucher_sales),
        "points:spend": PointsTender in paid,
        _REDEEM: bool(sale.vouchers) or VoucherTender in paid,
    }
    for scope, wanted in needed.items():
        if wanted and scope not in call.caller.scopes:
            raise missing_scope(scope)


def _request(call: Call, sale: SaleWanted) -> SaleRequest:
    """The service's request: the channel is the key's, the customer one whom the company knows."""
    if "/" in sale.receipt.receipt:
        raise broken("body.receipt.receipt", "pattern", "A receipt's number stands in an address: no slash.")
    if any(one.like.funded_by not in ("", None, call.company) for one in sale.voucher_sales):
        raise broken("body.voucher_sales.like.funded_by", "own", "A company sells its own vouchers.")
    return SaleRequest(
        receipt=msgspec.structs.replace(sale.receipt, channel=Channel(call.caller.channel)),
        who=None if sale.who is None else _who(call, sale.who),
        vouchers=sale.vouchers,
        tenders=sale.tenders,
        top_ups=sale.top_ups,
        voucher_sales=sale.voucher_sales,
        from_card=_REDEEM in call.caller.scopes,
    )


def _who(call: Call, buyer: Buyer) -> Who:
    given = [name for name in ("customer", "username", "card") if getattr(buyer, name) is not None]
    if len(given) != 1:
        raise broken("body.who", "one_of", "Name who buys by one of customer, username and card.")
    if buyer.proof is not None and buyer.card is None:
        raise broken("body.who.proof", "card", "A proof is of the PIN of a card: name the card.")
    if buyer.customer is not None:
        return Who(member=customer_in(call, buyer.customer, field="body.who.customer"))
    if buyer.card is not None:
        with named("who.card"):
            card = card_numbers.token_of(buyer.card, DataDir(settings.DATA).cards_key())
        if buyer.proof is not None:
            check_proof(call, card, buyer.proof)
        return Who(card=card)
    found = find_by_username(company=call.company, username=str(buyer.username))
    if found is None:
        raise unknown("body.who.username", "customer")
    return Who(member=found.member)


def _branch(call: Call, branch: str) -> Branch:
    row = Branch.objects.filter(pk=branch, company=call.company).first()
    if row is None:
        raise not_found("branch")
    return row

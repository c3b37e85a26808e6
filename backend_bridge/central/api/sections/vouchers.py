"""Vouchers through their life (V1-V6, V12-V16, V19, V23, V24, B1-B5). They are used with a receipt."""

from __future__ import annotations

from typing import Annotated

from django.conf import settings
from ninja import Query

from backend_bridge.central.api.belonging import branch_told, customer_in, unknown
from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Cursor, Day, Hex, Limit, PathHex
from backend_bridge.central.api.paging import place_of
from backend_bridge.central.api.problems import broken
from backend_bridge.central.api.sections.voucher_bodies import (
    Batches,
    Cancelling,
    CodeRead,
    DatesWanted,
    DraftSale,
    Figures,
    History,
    Kind,
    OrderDiscount,
    Previewing,
    PrintedCode,
    PrintedCodes,
    Registering,
    Short,
    State,
    Terms,
    Transfer,
    Validity,
    VoucherFor,
    VoucherPage,
    VoucherPath,
    VouchersWanted,
)
from backend_bridge.central.customers.services.finding import find_by_username
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.vouchers.posting.issued import VouchersMade
from backend_bridge.central.vouchers.posting.taking import VoucherIs
from backend_bridge.central.vouchers.services import (
    changing,
    codes,
    figures,
    finding,
    issuing,
    reading,
    rebates,
    registering,
)
from backend_bridge.central.vouchers.services.checks import check_conditions
from backend_bridge.central.vouchers.services.registering import RegistrationPreview
from backend_bridge.central.vouchers.services.results import CodeTold, VoucherTold
from loyalty.acts.vouchers import LeftOver, NewVoucher
from loyalty.vouchers.dates import FixedDates

section = Section("vouchers", "Vouchers of the company: made, sold, found, registered, changed, ended.")


@section.get("/vouchers", scope="vouchers:read")
def list_vouchers(
    call: Call,
    *,
    state: Annotated[State | None, Query(None, description="`free`: issued, and at no terminal.")],
    kind: Annotated[Kind | None, Query(None)],
    batch: Annotated[Hex | None, Query(None)],
    customer: Annotated[Hex | None, Query(None, description="Only what belongs to this customer.")],
    text: Annotated[Short | None, Query(None, description="The beginning of an id, or of a batch's name.")],
    cursor: Cursor,
    limit: Limit,
) -> VoucherPage:
    """Search the company's vouchers (B5)."""
    asked = {
        "state": state or "",
        "kind": kind or "",
        "batch": batch or "",
        "owner": customer or "",
        "text": text or "",
    }
    place = place_of(call, "vouchers", "\0".join(asked.values()))
    found = finding.search(company=call.company, **asked, after=place.read(cursor), limit=limit)
    return VoucherPage(items=found.vouchers, next=place.write(found.after))


@section.post("/vouchers", scope="vouchers:issue")
def issue_vouchers(call: Call, wanted: VouchersWanted) -> VouchersMade:
    """Make vouchers, one or a batch: given away, sold, or as drafts (B1)."""
    _check_owner(call, wanted.like)
    return issuing.issue_vouchers(
        company=call.company,
        like=wanted.like,
        count=wanted.count,
        sold=wanted.sold,
        price_minor=wanted.price_minor,
        draft=wanted.draft,
        batch=wanted.batch,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.post("/vouchers/registered", scope="vouchers:issue")
def create_and_register(call: Call, wanted: VoucherFor) -> VoucherIs:
    """Make a voucher for a customer and register it in one step (B4)."""
    _check_owner(call, wanted.like)
    return issuing.create_and_register(
        company=call.company,
        like=wanted.like,
        customer=customer_in(call, wanted.customer),
        branch=branch_told(call, wanted.branch),
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.ask("/vouchers/dates", scope="vouchers:issue")
def fix_dates(call: Call, wanted: DatesWanted) -> FixedDates:
    """The first and the last day that a wish such as "next Wednesday" means now (C5); nothing changes."""
    branch = branch_told(call, wanted.branch)
    return rebates.fixed_dates(wanted.dates, company=call.company, at=call.at, branch=branch)


@section.post("/vouchers/order-discounts", scope="vouchers:issue")
def issue_order_discount(call: Call, wanted: OrderDiscount) -> VouchersMade:
    """Issue a discount on what is still to be ordered, with its days fixed now (V6, C5)."""
    if wanted.owner is not None:
        customer_in(call, wanted.owner, field="body.owner")
    if wanted.conditions is not None:
        check_conditions(wanted.conditions, company=call.company)
    return rebates.issue_order_discount(
        company=call.company,
        value=wanted.value,
        dates=wanted.dates,
        conditions=wanted.conditions,
        owner=wanted.owner,
        branch=branch_told(call, wanted.branch),
        receipt=wanted.receipt,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.ask("/vouchers/reading", scope="vouchers:read")
def read_code(call: Call, code: CodeRead) -> CodeTold:
    """What a barcode is worth, and whether it holds now, in the key's channel (V19): its voucher, with everything
    about it. `usable` does not speak of articles, which are judged with the receipt."""
    return reading.read_code(
        company=call.company,
        code=code.code,
        branch=branch_told(call, code.branch),
        channel=call.caller.channel,
        customer=None if code.customer is None else customer_in(call, code.customer),
        at=call.at,
    )


@section.get("/vouchers/figures", scope="vouchers:read")
def list_figures(
    call: Call,
    *,
    first: Annotated[Day, Query(..., description="The first day.")],
    last: Annotated[Day, Query(..., description="The last day; at most a year later.")],
) -> Figures:
    """What was sold, issued, redeemed, expired and is open, day by day (V23)."""
    return Figures(items=figures.daily_figures(company=call.company, first=first, last=last))


@section.get("/vouchers/batches", scope="vouchers:read")
def list_batches(call: Call) -> Batches:
    """The batches, each with its vouchers by state (B1)."""
    return Batches(items=finding.batches(company=call.company))


@section.get("/vouchers/batches/{batch}/codes", scope="vouchers:issue")
def list_codes(call: Call, batch: PathHex) -> PrintedCodes:
    """The text of each voucher's QR code, to be printed (B2)."""
    found = codes.batch_codes(DataDir(settings.DATA), company=call.company, batch=batch)
    return PrintedCodes(items=[PrintedCode(voucher=voucher, code=code) for voucher, code in found])


@section.get("/vouchers/{voucher}", scope="vouchers:read")
def read_voucher(call: Call, voucher: VoucherPath) -> VoucherTold:
    """Everything about one voucher, at any time (V24)."""
    return finding.voucher(company=call.company, voucher=voucher)


@section.get("/vouchers/{voucher}/history", scope="vouchers:read")
def read_history(call: Call, voucher: VoucherPath) -> History:
    """What was done with a voucher, line by line."""
    return History(items=finding.history(company=call.company, voucher=voucher))


@section.get("/vouchers/{voucher}/code", scope="vouchers:issue")
def print_code(call: Call, voucher: VoucherPath) -> PrintedCode:
    """The text of a voucher's QR code, to be printed or sent."""
    code = codes.voucher_code(DataDir(settings.DATA), company=call.company, voucher=voucher)
    return PrintedCode(voucher=voucher, code=code)


@section.post("/vouchers/{voucher}/issue", scope="vouchers:issue", status=200)
def issue_draft(call: Call, voucher: VoucherPath, sale: DraftSale) -> VoucherIs:
    """Issue a draft, or sell it."""
    finding.voucher(company=call.company, voucher=voucher)
    return issuing.issue_draft(
        company=call.company,
        voucher=voucher,
        sold=sale.sold,
        price_minor=sale.price_minor,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.ask("/vouchers/{voucher}/registration-preview", scope="vouchers:redeem")
def preview_registration(call: Call, voucher: VoucherPath, who: Previewing) -> RegistrationPreview:
    """What registering a free voucher would do; nothing changes (B5)."""
    finding.voucher(company=call.company, voucher=voucher)
    return registering.preview_registration(
        company=call.company,
        voucher=voucher,
        customer=customer_in(call, who.customer),
        branch=branch_told(call, who.branch),
        channel=call.caller.channel,
        at=call.at,
    )


@section.post("/vouchers/{voucher}/registration", scope="vouchers:redeem", status=200)
def register_voucher(call: Call, voucher: VoucherPath, wanted: Registering) -> VoucherIs:
    """Register a free voucher to a customer; a point coupon's points are posted and it ends (B3, B5).

    A point coupon has to hold there and then, as at a till: one for some branches, weekdays or hours needs a branch.
    """
    finding.voucher(company=call.company, voucher=voucher)
    return registering.register_voucher(
        company=call.company,
        voucher=voucher,
        customer=customer_in(call, wanted.customer),
        seen=wanted.seen,
        branch=branch_told(call, wanted.branch),
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.post("/vouchers/{voucher}/transfer", scope="vouchers:redeem", status=200)
def transfer_voucher(call: Call, voucher: VoucherPath, wanted: Transfer) -> VoucherIs:
    """Give a registered voucher to another customer, where it may be passed on (V16)."""
    finding.voucher(company=call.company, voucher=voucher)
    to = find_by_username(company=call.company, username=wanted.username)
    if to is None:
        raise unknown("body.username", "customer")
    return registering.transfer_voucher(
        company=call.company,
        voucher=voucher,
        to=to.member,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.post("/vouchers/{voucher}/validity", scope="vouchers:issue", status=200)
def change_validity(call: Call, voucher: VoucherPath, wanted: Validity) -> VoucherIs:
    """Change the days on which a voucher holds, also after issue (V13)."""
    finding.voucher(company=call.company, voucher=voucher)
    return changing.change_validity(
        company=call.company,
        voucher=voucher,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        revive=wanted.revive,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.post("/vouchers/{voucher}/terms", scope="vouchers:issue", status=200)
def change_terms(call: Call, voucher: VoucherPath, terms: Terms) -> VoucherIs:
    """Change where and for what a voucher holds (V14-V16). What a customer paid for is only widened."""
    finding.voucher(company=call.company, voucher=voucher)
    return changing.change_terms(
        company=call.company,
        voucher=voucher,
        conditions=terms.conditions,
        owner_bound=terms.owner_bound,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


@section.post("/vouchers/{voucher}/cancellation", scope="vouchers:issue", status=200)
def cancel_voucher(call: Call, voucher: VoucherPath, wanted: Cancelling) -> VoucherIs:
    """End a voucher for good."""
    finding.voucher(company=call.company, voucher=voucher)
    return changing.cancel_voucher(
        company=call.company,
        voucher=voucher,
        left_over=LeftOver(wanted.left_over),
        reason=wanted.reason,
        channel=call.caller.channel,
        key=call.cause,
        by=call.caller.by,
        at=call.at,
    )


def _check_owner(call: Call, like: NewVoucher) -> None:
    if like.funded_by and like.funded_by != call.company:
        raise broken("body.like.funded_by", "own", "A key gives away what its own company pays for.")
    if like.owner is not None:
        customer_in(call, like.owner, field="body.like.owner")

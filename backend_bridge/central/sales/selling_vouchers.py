"""Lines that sell vouchers: each piece is a voucher of its own, issued with the receipt."""

from __future__ import annotations

from backend_bridge.central.sales.errors import BadSale
from backend_bridge.central.sales.request import SaleRequest, VoucherLine
from backend_bridge.central.vouchers.services.checks import check_new
from backend_bridge.central.vouchers.services.once import new_ids
from loyalty.acts.sales import VouchersSold
from loyalty.acts.vouchers import VouchersIssued
from loyalty.receipts.receipt import Line, LineKind
from loyalty.vouchers.voucher import Purpose, Sold

#: How many vouchers one receipt sells, in all its lines: each is a row, a lot and a transfer while others wait.
MOST_VOUCHERS = 1000
_PURPOSES = {LineKind.VOUCHER_SINGLE: Purpose.SINGLE, LineKind.VOUCHER_MULTI: Purpose.MULTI}


def vouchers_sold(request: SaleRequest, *, company: str, member: str | None) -> tuple[VouchersSold, ...]:
    """What the lines of vouchers sell, as facts with new ids; raises `BadSale` and `BadVoucher`."""
    sold = {line.line: line for line in request.receipt.lines if line.kind in _PURPOSES}
    wanted = {one.line: one for one in request.voucher_sales}
    if len(wanted) != len(request.voucher_sales) or wanted.keys() != sold.keys():
        raise BadSale("voucher_sales", "lines", "each line that sells vouchers says which, once")
    if sum(line.quantity for line in sold.values()) > MOST_VOUCHERS:
        raise BadSale("receipt.lines.quantity", "too_many", f"a receipt sells {MOST_VOUCHERS} vouchers at most")
    return tuple(_sold(sold[line], wanted[line], company, member, request) for line in sorted(sold))


def _sold(line: Line, wanted: VoucherLine, company: str, member: str | None, request: SaleRequest) -> VouchersSold:
    if wanted.like.company != company or wanted.like.owner not in (None, member):
        raise BadSale("voucher_sales.like", "own", "a company sells its own vouchers, to who buys or to nobody by name")
    if not line.gross_minor or line.gross_minor % line.quantity:
        raise BadSale("receipt.lines.gross_minor", "same_price", "all vouchers of a line cost the same")
    check_new(wanted.like, company=company, count=line.quantity)
    purpose = _PURPOSES[line.kind]
    issued = VouchersIssued(
        vouchers=new_ids(line.quantity),
        like=wanted.like,
        sold=Sold(purpose=purpose, vat_rate_bp=line.vat_rate_bp if purpose is Purpose.SINGLE else None),
        price_minor=line.gross_minor // line.quantity,
        channel=request.receipt.channel.value,
        receipt=request.receipt.receipt,
    )
    return VouchersSold(line=line.line, issued=issued)

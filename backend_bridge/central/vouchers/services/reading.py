"""Reading a voucher's code: what it is worth, and whether it holds now (V19)."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.vouchers.errors import VoucherAtTerminal
from backend_bridge.central.vouchers.models import Voucher
from backend_bridge.central.vouchers.services.finding import id_of_code, own_voucher, record_now, tell_one
from backend_bridge.central.vouchers.services.presenting import presented
from backend_bridge.central.vouchers.services.results import CodeTold
from loyalty.vouchers.presenting import Presented, unusable


def read_code(
    *, company: str, code: str, at: dt.datetime, branch: str = "", channel: str = "", customer: str | None = None
) -> CodeTold:
    """The voucher of a code as it is read from a barcode, or typed, judged at the instant `at`: nothing of it has to
    be closed by a job before. What is bought is not known yet, so its articles are not judged. Raises `BadVoucher`
    and `VoucherNotKnown` as `voucher_by_code` does."""
    row = own_voucher(id_of_code(company=company, code=code), company=company)
    shown = presented(company=company, at=at, branch=branch, channel=channel, customer=customer)
    hindrance, rule = _hindrance(row, shown)
    return CodeTold(**msgspec.structs.asdict(tell_one(row)), usable=hindrance is None, hindrance=hindrance, rule=rule)


def _hindrance(row: Voucher, shown: Presented) -> tuple[str | None, str | None]:
    refused = unusable(record_now(row), shown)
    if refused is not None:
        return refused.reason.value, refused.rule
    if row.home_terminal_id is not None:
        away = VoucherAtTerminal(row.pk, row.home_terminal_id)
        return away.rule, str(away)
    return None, None

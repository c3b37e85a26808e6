"""Whether a voucher that has ended may come back: one that a receipt gave does not outlive that receipt."""

from __future__ import annotations

from backend_bridge.central.vouchers.errors import VoucherRefused
from backend_bridge.central.vouchers.models import Voucher
from loyalty.vouchers.refusal import Deed, Hindrance, Refusal

_ALIVE = (Voucher.State.ISSUED, Voucher.State.REGISTERED)


def check_origin(row: Voucher, deed: Deed) -> None:
    """Raises `VoucherRefused` for a voucher that has ended and whose receipt was taken back, wholly or in part, since.
    `row` is locked: whoever takes the receipt back now waits, and ends the voucher then."""
    if row.kind != Voucher.Kind.PAST or row.state in _ALIVE:
        return
    from backend_bridge.central.sales.outlived import has_outlived

    if has_outlived(row.pk):
        raise VoucherRefused(Refusal(deed=deed, voucher=row.pk, reason=Hindrance.RECEIPT_REVERSED))

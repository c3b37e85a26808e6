"""The tables of vouchers: what each is, what was done with it, and what is still to be done."""

from backend_bridge.central.vouchers.models.batch import VoucherBatch
from backend_bridge.central.vouchers.models.event import VoucherEvent
from backend_bridge.central.vouchers.models.voucher import Voucher
from backend_bridge.central.vouchers.models.wish import VoucherWish

__all__ = ["Voucher", "VoucherBatch", "VoucherEvent", "VoucherWish"]

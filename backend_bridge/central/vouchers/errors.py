"""What cannot be done with vouchers, each naming the field and the rule that stands in the way.

No message carries personal data or another company's.
"""

from __future__ import annotations

from backend_bridge.central.errors import CentralError
from loyalty.vouchers.refusal import Refusal


class VoucherError(CentralError, ValueError):
    """A request about a voucher was refused; `field` and `rule` say which value and why, for programs."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule


class BadVoucher(VoucherError):
    """A value cannot be."""


class VoucherNotKnown(VoucherError):
    """There is no such voucher or batch, or not of this company: the two read the same (P6)."""

    def __init__(self, field: str = "voucher") -> None:
        super().__init__(field, "known", f"this company has no such {field}")


class VoucherRefused(VoucherError):
    """The voucher's life does not allow it; `refusal` has what stands in the way, and the rule."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("voucher", refusal.reason.value, refusal.rule)
        self.refusal = refusal


class VoucherAtTerminal(VoucherError):
    """The voucher's home is `terminal`: only that may redeem it, until it gives the voucher back."""

    def __init__(self, voucher: str, terminal: str) -> None:
        super().__init__("voucher", "at_terminal", f"voucher {voucher} is at the terminal {terminal}")
        self.terminal = terminal


class ChangedMeanwhile(VoucherError):
    """What was shown for confirmation is not so any more."""

    def __init__(self) -> None:
        super().__init__("seen", "changed", "the voucher has changed since it was shown; look at it again")

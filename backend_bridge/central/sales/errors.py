"""What cannot be sold or taken back, each naming the field and the rule. No message carries personal data."""

from __future__ import annotations

from backend_bridge.central.errors import CentralError


class SaleError(CentralError, ValueError):
    """A sale or reversal was refused; `field` and `rule` say which value and why, for programs."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule


class BadSale(SaleError):
    """A value cannot be, or does not fit another one."""


class CustomerRefused(SaleError):
    """There is no such customer, or the card is blocked."""


class ReceiptUsedOtherwise(SaleError):
    """The branch has another receipt under this number already."""

    def __init__(self) -> None:
        super().__init__("receipt.receipt", "unique", "this branch has another receipt of this number")


class ReceiptNotKnown(SaleError):
    """There is no such receipt, or not of this company: the two read the same (P6)."""

    def __init__(self) -> None:
        super().__init__("receipt", "known", "this company has no such receipt")


class NotReturnable(SaleError):
    """Something that was sold with the receipt is spent or used, and is not taken back for money."""


class ReceiptAtTerminal(SaleError):
    """The terminal that sold the receipt has the right to reverse it: it is recalled first."""

    def __init__(self, terminal: str) -> None:
        told = f"the right to reverse this receipt is at {terminal}: recall it first, or reverse it there"
        super().__init__("receipt", "at_terminal", told)
        self.terminal = terminal


class RebateGiven(SaleError):
    """By this rule a voucher was given for a day of this period before."""

    def __init__(self) -> None:
        super().__init__("first", "given_before", "by this rule a voucher was given for a day of this period before")


class NothingBought(SaleError):
    """What was paid in the period gives a voucher of nothing."""

    def __init__(self) -> None:
        super().__init__("rate_bp", "nothing_bought", "what was paid in this period comes to no voucher")

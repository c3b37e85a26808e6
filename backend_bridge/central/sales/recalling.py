"""The right to reverse a receipt, while it is at the terminal that sold it (ADR 0021), and getting it back."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.fleet import epochs
from backend_bridge.central.sales.errors import ReceiptAtTerminal, ReceiptNotKnown
from backend_bridge.central.sales.models import Receipt, ReceiptHome


def check_not_at_terminal(receipt: Receipt) -> None:
    """Raises `ReceiptAtTerminal` while a terminal has the right to reverse it: nobody else may, then."""
    terminal = at_terminal(receipt)
    if terminal is not None:
        raise ReceiptAtTerminal(terminal)


def at_terminal(receipt: Receipt) -> str | None:
    """The terminal that has the right to reverse `receipt`; None where it can be reversed here.

    A journal that is closed has no rights any more.
    """
    home = ReceiptHome.objects.filter(cause__key=receipt.cause_id).first()
    if home is None or epochs.is_closed(home.terminal_id, epoch=home.epoch):
        return None
    return str(home.terminal_id)


def recall(*, company: str, branch: str, receipt: str, at: dt.datetime) -> str | None:
    """Ask the terminal for the right, until it gives it back; the terminal, or None where that is not needed.

    Raises `ReceiptNotKnown`.
    """
    row = Receipt.objects.filter(company=company, branch=branch, number=receipt).first()
    if row is None:
        raise ReceiptNotKnown
    terminal = at_terminal(row)
    if terminal is not None:
        ReceiptHome.objects.filter(cause__key=row.cause_id, recalled_at=None).update(recalled_at=at)
    return terminal

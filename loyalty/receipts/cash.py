"""Cash rounding by currency and country (D2). Only cash is rounded, never a card, never a line."""

from __future__ import annotations

from loyalty.allocation import half_up
from loyalty.receipts.receipt import Branch

#: The smallest amount of cash, in minor units: by currency, and by country where a currency has several.
STEPS = {"CZK": 100, "DKK": 50}
STEPS_BY_COUNTRY = {("EUR", "NL"): 5}


def cash_step(branch: Branch) -> int:
    """The smallest amount of cash at `branch`, in minor units; 1 where nothing is rounded."""
    if branch.cash_step_minor is not None:
        return branch.cash_step_minor
    return STEPS.get(branch.currency) or STEPS_BY_COUNTRY.get((branch.currency, branch.country), 1)


def round_cash(minor: int, *, step: int) -> int:
    """The nearest amount that can be paid in cash; half a step is rounded up."""
    return half_up(minor, step) * step

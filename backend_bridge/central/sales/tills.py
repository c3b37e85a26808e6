"""What a branch charges in, and how it rounds cash."""

from __future__ import annotations

from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.sales.models import CashRounding
from loyalty.rules import Till


def till_of(branch: Branch) -> Till:
    """The currency of the branch's company, and the rounding that was set for the branch (D2)."""
    rounding = CashRounding.objects.filter(branch=branch).first() or CashRounding()
    return Till(currency=branch.company.currency, country=rounding.country, cash_step_minor=rounding.cash_step_minor)

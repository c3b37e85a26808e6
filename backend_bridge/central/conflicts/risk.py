"""Who bears what a terminal promised and the books do not have, and how much of it is allowed."""

from __future__ import annotations

from backend_bridge.central.conflicts.models import RiskTerms


def bearer_of(company: str) -> str:
    """The company that is charged with what goes wrong at terminals of `company`: itself, unless its terms name
    another one."""
    bearer = RiskTerms.objects.filter(company=company).values_list("bearer", flat=True).first()
    return company if bearer is None else str(bearer)


def allowance_minor(company: str) -> int:
    """The most that one redemption at `company` may be let through with at risk, in minor units; 0: nothing."""
    allowed = RiskTerms.objects.filter(company=company).values_list("allowance_minor", flat=True).first()
    return int(allowed or 0)

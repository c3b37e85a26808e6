"""The groups of customers that campaigns name."""

from __future__ import annotations

from collections.abc import Iterable

from backend_bridge.central.customers.models import CustomerGroup
from backend_bridge.central.organisation.models import Company


def group_choices(company: Company | None, used: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The company's groups (all there are, without a company) as choices of a form, with those in `used` that
    are there no longer."""
    rows = CustomerGroup.objects.order_by("name", "pk")
    if company is not None:
        rows = rows.filter(company=company)
    known = dict(rows.values_list("slug", "name"))
    return [*known.items(), *((group, group) for group in used if group not in known)]

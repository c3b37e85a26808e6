"""Whether what a voucher is to be like can be: everything that it names belongs to its company."""

from __future__ import annotations

import msgspec

from backend_bridge.central.organisation.models import Branch, Company, accepted_pools
from backend_bridge.central.vouchers.errors import BadVoucher
from loyalty.acts.vouchers import MOST_AT_ONCE, NewVoucher
from loyalty.benefits import PointsValue
from loyalty.conditions import Conditions
from loyalty.evaluation.checks import check_form
from loyalty.evaluation.errors import CaseError
from loyalty.windows import is_empty

#: A printed code carries this many points at most.
MOST_POINTS = 2**32 - 1


def check_struct(value: msgspec.Struct) -> None:
    """Hold a struct that was built in the program to its schema; raises `BadVoucher` naming the field."""
    try:
        check_form(value)
    except CaseError as error:
        raise BadVoucher(error.field, "form", error.message) from error


def check_new(like: NewVoucher, *, company: str, count: int = 1) -> None:
    """Raises `BadVoucher` for a description that breaks a rule, naming the field."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise BadVoucher("count", "range", f"1 to {MOST_AT_ONCE} vouchers are made at once")
    check_struct(like)
    check_conditions(like, company=company)
    if isinstance(like.value, PointsValue):
        _check_points(like.value, company)
    # Companies have no way yet to agree that one bears what another gives away.
    if like.funded_by not in ("", company):
        raise BadVoucher("funded_by", "own", "a company gives away what it bears itself")


def check_conditions(conditions: Conditions, *, company: str) -> None:
    """Raises `BadVoucher` for conditions of another company, or that never hold."""
    check_struct(conditions)
    if conditions.company != company:
        raise BadVoucher("company", "own", "a company issues its own vouchers only")
    own = set(Branch.objects.filter(company=company, pk__in=conditions.branches).values_list("pk", flat=True))
    if own != set(conditions.branches):
        raise BadVoucher("branches", "own", "a voucher holds at its own company's branches only")
    if any(is_empty(window) for window in conditions.windows):
        raise BadVoucher("windows", "empty", "a window cannot end at the minute when it starts")


def _check_points(value: PointsValue, company: str) -> None:
    if not 0 < value.points <= MOST_POINTS:
        raise BadVoucher("value.points", "range", f"a point coupon gives 1 to {MOST_POINTS} points")
    if not accepted_pools(Company.objects.get(pk=company)).filter(pk=value.pool).exists():
        raise BadVoucher("value.pool", "accepted", "this company does not accept this pool")

"""What the services refuse, as problems. They name the field and the rule; this says which status that is.

What a path names and is not there is a 404; what a body names is a broken rule. What is right in itself and
cannot be done as things stand is a conflict.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from backend_bridge.central.api.problems import Broken, ProblemError, broken, conflict, not_found
from backend_bridge.central.campaigns.errors import CampaignError
from backend_bridge.central.clearing.errors import ClearingRefused
from backend_bridge.central.customers import errors as customers
from backend_bridge.central.sales import errors as sales
from backend_bridge.central.vouchers import errors as vouchers
from loyalty.evaluation.errors import CaseError
from loyalty.reversal import errors as reversal

#: What the services call what the API calls otherwise.
_NAMES = {"member": "customer", "who.member": "who.customer"}

NOT_THERE: tuple[type[Exception], ...] = (customers.NotKnown, vouchers.VoucherNotKnown, sales.ReceiptNotKnown)
BROKEN: tuple[type[Exception], ...] = (
    customers.BadValue,
    vouchers.BadVoucher,
    sales.BadSale,
    sales.CustomerRefused,
    CaseError,
    CampaignError,
    ClearingRefused,
    reversal.MalformedReversal,
    reversal.UnknownLine,
)
CONFLICTS: tuple[type[Exception], ...] = (
    customers.Taken,
    customers.AlreadyDone,
    vouchers.VoucherError,
    sales.SaleError,
    reversal.ReversalError,
)


def problem(request: HttpRequest, error: Any) -> ProblemError | None:
    """The problem that a refusal of a service is; None where `error` is none."""
    if isinstance(error, NOT_THERE):
        return _not_there(request, _name(error.field))  # type: ignore[attr-defined]
    if isinstance(error, BROKEN):
        field, rule, told = _parts(error)
        return broken(_place(request, field), rule, told)
    if isinstance(error, CONFLICTS):
        field, rule, told = _parts(error)
        return conflict(told, reason=rule, errors=[Broken(field=_place(request, field), rule=rule, message=told)])
    return None


def _not_there(request: HttpRequest, field: str) -> ProblemError:
    if field in _path(request):
        return not_found(field)
    return broken(f"body.{field}", "unknown", f"There is no such {field.rpartition('.')[2]}.")


def _parts(error: Any) -> tuple[str, str, str]:
    rule = getattr(error, "rule", "") or _snake(type(error).__name__)
    told = str(getattr(error, "message", "") or error)
    return _name(str(error.field)), rule, f"{told[:1].upper()}{told[1:]}."


def _place(request: HttpRequest, field: str) -> str:
    dotted = field.replace("[", ".").replace("]", "")
    where = "path" if field in _path(request) else "query" if field in request.GET else "body"
    return f"{where}.{dotted}"


def _name(field: str) -> str:
    return _NAMES.get(field, field)


def _path(request: HttpRequest) -> dict[str, Any]:
    found = request.resolver_match
    return {} if found is None else found.kwargs


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

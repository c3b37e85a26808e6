"""What a request names has to be the company's own; anything else is as if it were not there (P6).

What a path names and is not there is a 404; what a body names is a broken rule, `unknown`, of that field.
"""

from __future__ import annotations

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.problems import ProblemError, broken, not_found
from backend_bridge.central.customers.models import Membership
from backend_bridge.central.organisation.models import Branch, Pool, accepted_pools


def customer_at(call: Call, customer: str) -> str:
    """The customer of the path, whom the company knows; raises `ProblemError` (404)."""
    if not _knows(call, customer):
        raise not_found("customer")
    return customer


def customer_in(call: Call, customer: str, *, field: str = "body.customer") -> str:
    """The customer of the body, whom the company knows; raises `ProblemError` (422)."""
    if not _knows(call, customer):
        raise unknown(field, "customer")
    return customer


def pool_at(call: Call, pool: str) -> Pool:
    """The pool of the path, which the company accepts; raises `ProblemError` (404)."""
    row = accepted_pools(call.caller.company).filter(pk=pool).first()
    if row is None:
        raise not_found("pool")
    return row


def pool_in(call: Call, pool: str, *, field: str = "body.pool") -> Pool:
    """The pool of the body, which the company accepts; raises `ProblemError` (422)."""
    row = accepted_pools(call.caller.company).filter(pk=pool).first()
    if row is None:
        raise unknown(field, "pool")
    return row


def branch_in(call: Call, branch: str | None, *, field: str = "body.branch") -> Branch:
    """The branch of the body, or else the key's; raises `ProblemError` (422)."""
    named = branch or call.caller.branch
    if named is None:
        raise broken(field, "missing", "Name a branch: the API key has none of its own.")
    row = Branch.objects.select_related("company").filter(pk=named, company=call.company).first()
    if row is None:
        raise unknown(field, "branch")
    return row


def branch_told(call: Call, branch: str | None, *, field: str = "body.branch") -> str:
    """The id of the branch of the body, or else the key's, or empty; raises `ProblemError` (422)."""
    return "" if (branch or call.caller.branch) is None else branch_in(call, branch, field=field).pk


def unknown(field: str, what: str) -> ProblemError:
    """`field` names a `what` that is not there for this company."""
    return broken(field, "unknown", f"There is no such {what}.")


def _knows(call: Call, customer: str) -> bool:
    return Membership.objects.filter(company=call.company, customer=customer).exists()

"""On which terms a company reverses receipts: what it has chosen, and that whoever reverses is not milder."""

from __future__ import annotations

from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.sales.errors import BadSale
from backend_bridge.central.sales.models import ReversalTerms
from loyalty.reversal.taking_back import SpentPolicy


def policy_of(company: str) -> SpentPolicy:
    """What the company does where points are spent already; `absorb` unless it has chosen otherwise."""
    spent = ReversalTerms.objects.filter(company=company).values_list("spent", flat=True).first()
    return SpentPolicy.ABSORB if spent is None else SpentPolicy(spent)


def settled_policy(asked: SpentPolicy | None, *, company: str) -> SpentPolicy:
    """The policy of a reversal: the company's, or a stricter one that is `asked` for; raises `BadSale` for a milder."""
    own = policy_of(company)
    if asked is not None and asked.spares(own):
        raise BadSale(
            "policy", "stricter", f"the company's own policy is {own.value}: only a stricter one can be named"
        )
    return asked or own


def set_policy(policy: SpentPolicy, *, company: str) -> None:
    """From now on the company reverses by `policy`; raises `CentralError` for no company."""
    if not Company.objects.filter(pk=company).exists():
        raise CentralError(f"there is no company {company!r}")
    ReversalTerms.objects.update_or_create(company_id=company, defaults={"spent": policy.value})

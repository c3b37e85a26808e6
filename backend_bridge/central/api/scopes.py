"""What an API key may do. A scope is given when the key is made and never widens by itself."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

SCOPES: dict[str, str] = {
    "organisation:read": "branches and pools",
    "customers:read": "customers that the company knows, and their memberships",
    "customers:write": "enrol, invite and change customers of the company",
    "cards:pin": "set, change and reset PINs of cards, and how they stand",
    "cards:pin-judge": "ask whether a PIN is right",
    "points:read": "balances and statements",
    "points:award": "give points",
    "points:spend": "take points as payment, also on receipts",
    "points:topup": "sell points for money, also on receipts",
    "receipts:read": "receipts",
    "receipts:write": "evaluate, record and reverse receipts",
    "vouchers:read": "vouchers, their status and daily figures",
    "vouchers:issue": "issue, sell, change and cancel vouchers, also on receipts",
    "vouchers:redeem": "register and redeem vouchers, also on receipts",
    "campaigns:read": "campaigns, and trying them",
    "clearing:read": "clearing statements",
    "conflicts:read": "the conflict desk: what went wrong, and who bears it",
    "webhooks:manage": "endpoints that are told what happens",
}


def check_scopes(scopes: object) -> None:
    """Raises `ValidationError` unless `scopes` is a list of different known scopes."""
    if not isinstance(scopes, list) or not scopes or len(set(map(str, scopes))) != len(scopes):
        raise ValidationError(_("a list of different scopes, at least one"))
    unknown = [str(one) for one in scopes if one not in SCOPES]
    if unknown:
        raise ValidationError(_("there is no scope %(scopes)s"), params={"scopes": ", ".join(unknown)})

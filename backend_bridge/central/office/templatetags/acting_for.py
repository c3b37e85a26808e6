"""The header's tag that says for whom the user acts, and lets them choose (B9)."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from backend_bridge.central.office.acting_for import FORM_FIELD, choices
from backend_bridge.central.office.scope import Scope

register = template.Library()

#: With more companies than this, the header leads to the page of choices.
_IN_HEADER = 12


@register.inclusion_tag("office/acting_for.html", takes_context=True)
def acting_for(context: dict[str, Any]) -> dict[str, Any]:
    """For whom the user acts; a menu for those who may choose."""
    request: HttpRequest | None = context.get("request")
    if request is None or not request.user.is_authenticated:
        return {"shown": False}
    told = choices(request)
    return {**told, "request": request, "shown": True, "menu": len(told["companies"]) <= _IN_HEADER}


@register.inclusion_tag("office/hidden_field.html", takes_context=True)
def acts_for_field(context: dict[str, Any]) -> dict[str, Any]:
    """The hidden field by which a form says for whom it was opened."""
    return {"name": FORM_FIELD, "value": Scope(context["request"].user).company or ""}

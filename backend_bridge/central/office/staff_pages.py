"""Pages on which a company's own staff work. What is new belongs to the company that they act for.

An operator who sees everything adds nothing here: they act for a company first (`office.acting_for`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.pages import CompanyPage
from backend_bridge.central.office.scope import Scope


class StaffPage(CompanyPage):
    """A page whose rows staff see, add and change, each company its own."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever belongs to a company, and the operator."""
        return may_work(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever belongs to a company, and the operator; rows are narrowed down besides."""
        return may_work(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever acts for a company."""
        return Scope(request.user).company is not None

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever acts for a company."""
        return Scope(request.user).company is not None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows the company that is acted for (`acts_for`)."""
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"acts_for": Scope(request.user).company or ""})


def may_work(request: HttpRequest) -> bool:
    """Whether the user belongs to a company, or is an operator."""
    scope = Scope(request.user)
    return scope.everything or scope.company is not None


@contextmanager
def told_in_form(form: forms.BaseForm) -> Iterator[None]:
    """What a service refuses becomes an error of the form's field of that name, or of the whole form."""
    try:
        yield
    except CentralError as error:
        field = str(getattr(error, "field", ""))
        told = ValidationError(str(error))
        form.add_error(field if field in form.fields else None, told)

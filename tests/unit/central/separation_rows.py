"""Rows of any model for any company, made from what the model says of itself.

Every text in them carries a mark of their company, so that one look at a page tells whether another
company's rows, names or ids are on it. Only separation is tried with them: what a row means is not right.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import Model
from django.db.models.fields.related import ForeignKey
from django.db.models.fields.reverse_related import ForeignObjectRel

from backend_bridge.central.instants import from_ms
from backend_bridge.central.office.belonging import BELONGING, OfCompany, ProgrammeWide
from backend_bridge.central.organisation.models import Company, Programme
from tests.unit.central.lab import NOW_MS

_NOW = from_ms(NOW_MS)
#: A value of each kind of field, from a number; the order matters where one kind is a kind of another.
_VALUES: tuple[tuple[type[models.Field[Any, Any]], Callable[[int], Any]], ...] = (
    (models.BooleanField, lambda _number: False),
    (models.DateTimeField, lambda _number: _NOW),
    (models.DateField, lambda _number: _NOW.date()),
    (models.TimeField, lambda _number: dt.time(12)),
    (models.DurationField, lambda number: dt.timedelta(seconds=number)),
    (models.DecimalField, Decimal),
    (models.IntegerField, int),
    (models.FloatField, float),
    (models.BinaryField, lambda _number: b"\x80"),
)


class Rows:
    """Makes rows that are bound to `company`, one of each model, and what they need."""

    _numbers = itertools.count(1)

    def __init__(self, company: str) -> None:
        self.company = company
        #: In every text of these rows, and nowhere else.
        self.mark = f"q{company[:2]}x"
        self._made: dict[type[Model], Model] = {}

    def of(self, model: type[Model]) -> Model:
        """This company's row of `model`."""
        if model is Company:
            return Company.objects.get(pk=self.company)
        if model is Programme:
            return Programme.objects.get()
        if model is User:
            return User.objects.get_or_create(username=f"{self.mark}-user")[0]
        if model not in self._made:
            self._made[model] = self._make(model)
            self._bind(model, self._made[model])
        return self._made[model]

    def _make(self, model: type[Model], **given: Any) -> Model:
        wanted = self._on_the_way(model)
        values = dict(given)
        for field in model._meta.concrete_fields:
            if field.name in given or (isinstance(field, models.AutoField) and field.primary_key):
                continue
            if isinstance(field, ForeignKey):
                if not field.null or field.name in wanted:
                    values[field.name] = self.of(field.related_model)
            elif field.null or (field.has_default() and not field.unique):
                continue
            else:
                values[field.name] = self._value(field)
        if not given and model in self._made:
            return self._made[model]  # made on the way, as what binds something else
        row = model(**values)
        models.Model.save(row, force_insert=True)
        return row

    def _bind(self, model: type[Model], row: Model) -> None:
        """Make the row that binds `row` from the other side, such as a customer's membership."""
        told = BELONGING.get(model._meta.label)
        if not isinstance(told, OfCompany):
            return
        first = told.paths[0].split("__")[0]
        if first == "pk":
            return
        relation = model._meta.get_field(first)
        if isinstance(relation, ForeignObjectRel):
            other: type[Model] = relation.related_model
            self._made[other] = self._make(other, **{relation.field.name: row})

    def _on_the_way(self, model: type[Model]) -> set[str]:
        told = BELONGING.get(model._meta.label, ProgrammeWide(""))
        return {told.paths[0].split("__")[0]} if isinstance(told, OfCompany) else set()

    def _value(self, field: models.Field[Any, Any]) -> Any:
        if field.choices:
            return field.flatchoices[0][0]
        number = next(self._numbers)
        if isinstance(field, models.CharField | models.TextField):
            return self._text(field, number)
        if isinstance(field, models.JSONField):
            return {} if field.default is models.NOT_PROVIDED else field.get_default()
        for kind, make in _VALUES:
            if isinstance(field, kind):
                return make(number)
        raise TypeError(f"{field} is of a kind that no row was made of so far: add it here")

    def _text(self, field: models.Field[Any, Any], number: int) -> str:
        """A text with the mark; short fields have their mark cut, and stay unique."""
        length = getattr(field, "max_length", None) or 40
        if length < 8:
            return {3: "EUR", 2: "NL"}.get(length, str(number))[:length]
        return f"{self.mark}{number:04d}{'0' * 64}"[: min(length, 32)]


def without_checks() -> None:
    """Rows that mean nothing may be written from now on, in this test's copy of the (SQLite) database."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")

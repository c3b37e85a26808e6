"""Rows that a command makes once: the same again is left alone, anything else is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.models import Company, Programme

AnyModel = TypeVar("AnyModel", bound=models.Model)


def check_up_to_date() -> None:
    """Raises `CentralError` unless the database is as this version needs it."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CentralError("the database is not set up, or older than this program: run init first")


def the_programme() -> Programme:
    """The programme of this installation; raises `CentralError` where there is none."""
    programme = Programme.objects.order_by("pk").first()
    if programme is None:
        raise CentralError("there is no programme yet: run create-programme first")
    return programme


def the_company(company: str) -> Company:
    """The company of this id; raises `CentralError`."""
    row = Company.objects.filter(pk=company).first()
    if row is None:
        raise CentralError(f"there is no company {company!r}: run create-company first, or look at its id")
    return row


def make_or_keep(model: type[AnyModel], key: str, **values: Any) -> tuple[AnyModel, bool]:
    """The row of this key, and whether it was made just now.

    Raises `CentralError` where a row is there with other values, and for values that cannot be.
    """
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    known = model._default_manager.filter(pk=key).first()
    if known is None:
        row = model(pk=key, **values)
        check(row)
        row.save(force_insert=True)
        return row, True
    other = [name for name, value in values.items() if getattr(known, name) != value]
    if other:
        told = ", ".join(f"{name} {getattr(known, name)!s}" for name in other)
        raise CentralError(f"{key} is there already, with {told}; change it in the office, or take another id")
    return known, False


def check(row: models.Model) -> None:
    """Raises `CentralError` that says in words what about `row` cannot be."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise CentralError("; ".join(_sentences(row, error))) from error


def _sentences(row: models.Model, error: ValidationError) -> Iterator[str]:
    for field, messages in error.message_dict.items():
        for message in messages:
            yield f"{row._meta.get_field(field).verbose_name}: {message}" if field != "__all__" else message  # type: ignore[union-attr]

"""Whether two databases have the same rows in a table, and which ones they do not have in common.

Rows are compared by what they say, not by their automatic numbers: where a row points to one that an act
made, it is the other row's own name that counts.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import models

from backend_bridge.central.ledger.replay_scratch import BOOKS, SCRATCH
from backend_bridge.central.ledger.replay_tables import TABLES, Part, Table

#: How many differing rows of one table are told one by one.
MOST_TOLD = 20
_MODULUS = 1 << 128
_Row = tuple[Any, ...]


class Columns(msgspec.Struct, frozen=True):
    """What is compared of a table: look-ups as Django writes them, and which of them name the row."""

    compared: tuple[str, ...]
    naming: tuple[str, ...]


def columns(model: type[models.Model], table: Table) -> Columns:
    """All columns of `model` but automatic numbers and those that `table` leaves out."""
    compared: list[str] = []
    naming = _naming(model)
    for field in model._meta.concrete_fields:
        if field.name not in table.without and not _is_number(field):
            compared += _paths(field)
    return Columns(tuple(compared), tuple(path for path in naming if path in compared))


def differences(model: type[models.Model], table: Table) -> list[str]:
    """What is different between the books and the replay, one sentence each, without the values of what people
    set up."""
    about = columns(model, table)
    if _sum(model, about, BOOKS) == _sum(model, about, SCRATCH):
        return []
    counted: Counter[bytes] = Counter()
    counted.update(_digest(row) for row in _rows(model, about, BOOKS))
    counted.subtract(_digest(row) for row in _rows(model, about, SCRATCH))
    odd = {digest for digest, count in counted.items() if count}
    here = _named(model, about, BOOKS, odd)
    there = _named(model, about, SCRATCH, odd)
    label = str(model._meta.verbose_name)
    told = [
        f"{label} {name}: {_told(about, here.get(name), there.get(name), values=table.part is Part.MADE)}"
        for name in sorted({*here, *there})
    ]
    more = len(told) - MOST_TOLD
    return told if more <= 0 else [*told[:MOST_TOLD], f"{label}: {more} more are different"]


def _told(about: Columns, here: _Row | None, there: _Row | None, *, values: bool) -> str:
    if here is None:
        return "the replay has it, the books do not"
    if there is None:
        return "the books have it, the replay does not"
    unlike = [place for place in zip(about.compared, here, there, strict=True) if place[1] != place[2]]
    if not values:
        return f"{', '.join(path for path, _here, _there in unlike)} is not the same"
    return "; ".join(f"{path} is {here} in the books, {there} in the replay" for path, here, there in unlike)


def _named(model: type[models.Model], about: Columns, using: str, odd: set[bytes]) -> dict[str, _Row]:
    found = {}
    for row in _rows(model, about, using):
        digest = _digest(row)
        if digest in odd:
            named = dict(zip(about.compared, row, strict=True))
            found["/".join(str(named[path]) for path in about.naming) or digest.hex()[:8]] = row
    return found


def _rows(model: type[models.Model], about: Columns, using: str) -> Iterator[_Row]:
    only = TABLES[model._meta.label].only
    rows = model._base_manager.using(using).filter(**only).order_by().values_list(*about.compared)
    for row in rows.iterator(chunk_size=5000):
        yield tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)


def _sum(model: type[models.Model], about: Columns, using: str) -> int:
    """The same for the same rows in any order, whatever their number."""
    total = 0
    for row in _rows(model, about, using):
        total += 1 + int.from_bytes(_digest(row), "big")
    return total % _MODULUS


def _digest(row: _Row) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(row, order="deterministic"), digest_size=16).digest()


def _paths(field: models.Field[Any, Any]) -> list[str]:
    """How `field` is read: where it points to what an act made and numbered, by that one's own name."""
    target = field.related_model
    if not isinstance(target, type) or not _is_numbered(target):
        return [field.attname]
    return [f"{field.name}__{path}" for path in _naming(target)]


def _is_numbered(model: type[models.Model]) -> bool:
    made = TABLES.get(model._meta.label, Table(Part.ASIDE)).part is Part.MADE
    return made and isinstance(model._meta.pk, models.AutoField)


def _is_number(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.AutoField)


def _naming(model: type[models.Model]) -> list[str]:
    """The look-ups by which a row is known: its own id, a field or fields that are unique, or none."""
    pk = model._meta.pk
    if not _is_number(pk):
        return [pk.attname]
    for field in model._meta.concrete_fields:
        if field.unique and not field.primary_key:
            return _paths(field)
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields and constraint.condition is None:
            return [path for name in constraint.fields for path in _paths(_field(model, name))]
    return []


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{model._meta.label}.{name} is no column")
    return field

"""Pages of lists: bounded, and stable while rows are added."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from django.conf import settings
from django.db.models import Model, Q, QuerySet

from backend_bridge.central.api import cursors
from backend_bridge.central.api.calling import Call

AnyModel = TypeVar("AnyModel", bound=Model)


class Page(msgspec.Struct, frozen=True):
    """The rows of one page, and where the next one begins (None: this is the last)."""

    rows: list[Any]
    next: str | None


class Place(msgspec.Struct, frozen=True):
    """A list whose rows are read elsewhere, by the text that stands behind the last row of a page."""

    name: str

    def read(self, cursor: str | None) -> str:
        """What stands in `cursor`, empty for none; raises `ProblemError` for a cursor of another list."""
        return "" if cursor is None else str(cursors.read(cursor, place=self.name, key=_key())[0])

    def write(self, after: str) -> str | None:
        """The cursor of the next page, None where there is none."""
        return cursors.write((after,), place=self.name, key=_key()) if after else None


def place_of(call: Call, name: str, filters: str = "") -> Place:
    """The list `name` of the caller's company, narrowed down to `filters`."""
    return Place(f"{name}\0{call.company}\0{filters}")


def page(
    call: Call, rows: QuerySet[AnyModel], *, name: str, order: str, cursor: str | None, limit: int, filters: str = ""
) -> Page:
    """The page of `rows` after `cursor`, in the order of the unique field `order` (`-id`: the newest first).

    `name` is the list's, `filters` what it was narrowed down to. Raises `ProblemError` for a cursor of
    another list.
    """
    place = f"{name}\0{call.company}\0{order}\0{filters}"
    key = _key()
    field, falling = order.removeprefix("-"), order.startswith("-")
    if cursor is not None:
        [after] = cursors.read(cursor, place=place, key=key)
        rows = rows.filter(Q(**{f"{field}__{'lt' if falling else 'gt'}": after}))
    found = list(rows.order_by(order)[: limit + 1])
    more = len(found) > limit
    shown = found[:limit]
    following = cursors.write((getattr(shown[-1], field),), place=place, key=key) if more else None
    return Page(shown, following)


def _key() -> bytes:
    return f"cursor\0{settings.SECRET_KEY}".encode()

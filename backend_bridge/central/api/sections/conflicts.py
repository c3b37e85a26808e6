"""The conflict desk (X6): what went wrong at the company's terminals, and who bears it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from ninja import Query

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Cursor, Limit
from backend_bridge.central.api.paging import page
from backend_bridge.central.conflicts.models import Conflict

section = Section("conflicts", "What terminals of the company promised and the books do not have, and who bears it.")


class ConflictShown(msgspec.Struct, frozen=True, kw_only=True):
    """One conflict. `points` of `pool` are worth `value_minor`; `bearer` is a company's id, or None: the operator,
    or nobody where nothing was lost. `entry` is the journal entry: terminal, epoch and sequence."""

    id: int
    kind: str
    terminal: str
    entry: str
    happened_at: dt.datetime
    noticed_at: dt.datetime
    points: int
    pool: str | None
    value_minor: int
    bearer: str | None
    detail: str
    state: str
    note: str


class Conflicts(msgspec.Struct, frozen=True, kw_only=True):
    """Conflicts, the newest first, and where the next page begins."""

    items: list[ConflictShown]
    next: str | None = None


@section.get("/conflicts", scope="conflicts:read")
def list_conflicts(
    call: Call,
    *,
    state: Annotated[Literal["open", "settled"] | None, Query(None, description="Only those in this state.")],
    cursor: Cursor,
    limit: Limit,
) -> Conflicts:
    """What is on the company's conflict desk."""
    rows = Conflict.objects.filter(company=call.company)
    if state is not None:
        rows = rows.filter(state=state)
    found = page(call, rows, name="conflicts", order="-id", cursor=cursor, limit=limit, filters=str(state))
    return Conflicts(items=[_shown(row) for row in found.rows], next=found.next)


def _shown(row: Conflict) -> ConflictShown:
    return ConflictShown(
        id=row.pk,
        kind=row.kind,
        terminal=row.terminal_id,
        entry=row.entry,
        happened_at=row.happened_at,
        noticed_at=row.noticed_at,
        points=row.points,
        pool=row.pool_id,
        value_minor=row.value_minor,
        bearer=row.bearer_id,
        detail=row.detail,
        state=row.state,
        note=row.note,
    )

"""Noting a conflict: each one once, however often it is seen. It moves nothing."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.conflicts.models import Conflict
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.organisation.models import Pool

Kind = Conflict.Kind


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with the journal entry `entry`, which happened at `happened_at`.

    `points` of `pool` (0: none), borne by the company `bearer`; None: by the operator, or nothing was lost.
    `more` tells several conflicts of one entry apart.
    """

    kind: Conflict.Kind
    entry: str
    happened_at: dt.datetime
    detail: str
    points: int = 0
    pool: str | None = None
    bearer: str | None = None
    more: str = ""


def note(noted: Noted, *, terminal: Terminal, at: dt.datetime) -> None:
    """Put it on the conflict desk of the terminal's company, unless it is there."""
    pool = None if noted.pool is None else Pool.objects.filter(pk=noted.pool).first()
    row = Conflict(
        key=f"{noted.kind.value}/{noted.entry}/{noted.more}"[:180],
        kind=noted.kind,
        company_id=terminal.branch.company_id,
        terminal=terminal,
        entry=noted.entry[:120],
        happened_at=noted.happened_at,
        noticed_at=at,
        points=noted.points,
        pool=pool,
        value_minor=0 if pool is None else noted.points * pool.point_value_minor,
        bearer_id=noted.bearer,
        detail=noted.detail[:300],
    )
    Conflict.objects.bulk_create([row], ignore_conflicts=True)

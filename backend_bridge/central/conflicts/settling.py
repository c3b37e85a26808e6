"""Settling conflicts: people say that one is dealt with, and how. It moves nothing: what moves value is an act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import User

from backend_bridge.central.conflicts.models import Conflict

State = Conflict.State


def settle(conflicts: Iterable[int], *, note: str, by: User, at: dt.datetime) -> int:
    """Mark those of `conflicts` that are open as dealt with; how many there were."""
    chosen = Conflict.objects.filter(pk__in=list(conflicts), state=State.OPEN)
    return chosen.update(state=State.SETTLED, note=note.strip()[:300], settled_by=by, settled_at=at)

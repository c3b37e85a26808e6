"""Noticing what staff must look at: each thing once, however often it is seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from backend_bridge.central.fleet.models import Incident


def notice(kind: Incident.Kind, *, key: str, terminal: str | None, detail: str, at: dt.datetime) -> None:
    """Write an incident down unless one with this kind and `key` is there already."""
    Incident.objects.bulk_create(
        [
            Incident(
                key=f"{kind.value}/{key}"[:160],
                kind=kind,
                terminal_id=terminal,
                detail=detail[:300],
                noticed_at=at,
            )
        ],
        ignore_conflicts=True,
    )


def settle(kind: Incident.Kind, *, keys: Iterable[str], at: dt.datetime) -> None:
    """Close those of these incidents that are open: what was missing has come."""
    Incident.objects.filter(key__in=[f"{kind.value}/{key}" for key in keys], closed_at=None).update(closed_at=at)

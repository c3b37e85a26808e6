"""The one door through which value moves: acts are performed here, each once (ADR 0013)."""

from __future__ import annotations

from backend_bridge.central.acting.performing import Done, judge, perform
from backend_bridge.central.acting.ready import make_types_ready

__all__ = ["Done", "judge", "make_types_ready", "perform"]

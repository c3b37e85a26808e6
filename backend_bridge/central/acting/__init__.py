"""The one door through which value moves: acts are performed here, each once (ADR 0013)."""

from __future__ import annotations

from backend_bridge.central.acting.performing import Done, judge, perform

__all__ = ["Done", "judge", "perform"]

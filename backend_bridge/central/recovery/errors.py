"""Every error of recovery."""

from __future__ import annotations

from backend_bridge.central.errors import CentralError


class RecoveryRefused(CentralError, ValueError):
    """What was asked for may not be done; `field` names what is wrong in it, `rule` which rule says so."""

    def __init__(self, rule: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.rule = rule
        self.field = field


class BackupFailed(CentralError, OSError):
    """A backup could not be written, or what should be restored is none; nothing was changed."""

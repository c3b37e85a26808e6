"""What stops an import as a whole; what is wrong with a row is a finding in its report."""

from __future__ import annotations

from backend_bridge.central.errors import CentralError


class ImportRefused(CentralError, ValueError):
    """The import cannot be done; `rule` says why, for programs."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule

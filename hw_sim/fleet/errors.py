"""What is raised in the simulated world. A crash is no `Exception`: nothing survives it by catching all."""

from __future__ import annotations


class FleetError(Exception):
    """The simulation cannot go on."""


class CentralCrashed(BaseException):
    """The central system's process ends here, wherever it is."""

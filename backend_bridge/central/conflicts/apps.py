"""The Django application of this package."""

from __future__ import annotations

from django.apps import AppConfig


class ConflictsConfig(AppConfig):
    """Named by its label in tables and permissions."""

    name = "backend_bridge.central.conflicts"
    label = "conflicts"

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FleetConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.fleet"
    label = "fleet"
    verbose_name = _("Terminals")

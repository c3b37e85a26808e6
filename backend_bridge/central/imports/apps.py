from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.imports"
    label = "imports"
    verbose_name = _("Imports")

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.ledger"
    label = "ledger"
    verbose_name = _("Books")

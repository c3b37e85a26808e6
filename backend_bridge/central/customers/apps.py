from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.customers"
    label = "customers"
    verbose_name = _("Customers")

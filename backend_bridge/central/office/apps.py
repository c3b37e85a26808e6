from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.office"
    label = "office"
    verbose_name = _("Office")

    def ready(self) -> None:
        """Put our login form in its place, once models can be imported."""
        from django.contrib import admin

        from backend_bridge.central.office.patience import PatientLogin

        admin.site.login_form = PatientLogin

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.organisation"
    label = "organisation"
    verbose_name = _("Programme")

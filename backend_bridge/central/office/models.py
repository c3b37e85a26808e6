"""Who of the staff belongs to which company."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.organisation.models import Company


class OfficeMembership(models.Model):
    """Binds a user of the office to one company; without one, a superuser sees every company."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="office", verbose_name=_("user"))
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))

    class Meta:
        verbose_name = _("office membership")
        verbose_name_plural = _("office memberships")

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.company_id}"

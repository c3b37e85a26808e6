"""Who of the staff may act for which companies (B9)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.organisation.models import Company


class OfficeMembership(models.Model):
    """Lets a user of the office act for a company. A superuser without any sees every company."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="office_memberships", verbose_name=_("user")
    )
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))

    class Meta:
        verbose_name = _("office membership")
        verbose_name_plural = _("office memberships")
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="acts_for_a_company_once")]

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.company_id}"

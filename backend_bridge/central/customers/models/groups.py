"""Groups into which a company sorts its customers (C7). A group's `slug` is what campaigns name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models.membership import Membership
from backend_bridge.central.organisation.models import Company, slug


class CustomerGroup(models.Model):
    """A group of one company."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="groups", verbose_name=_("company"))
    slug = models.CharField(_("id"), max_length=48, validators=[slug])
    name = models.CharField(_("name"), max_length=120)
    members = models.ManyToManyField(
        Membership, through="GroupMember", related_name="groups", verbose_name=_("members")
    )

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [models.UniqueConstraint(fields=["company", "slug"], name="one_group_per_slug")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A customer is in a group, since when and by whom."""

    group = models.ForeignKey(CustomerGroup, models.CASCADE, verbose_name=_("group"))
    membership = models.ForeignKey(Membership, models.CASCADE, verbose_name=_("membership"))
    since = models.DateTimeField(_("since"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")
        constraints = [models.UniqueConstraint(fields=["group", "membership"], name="in_a_group_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.group_id}"

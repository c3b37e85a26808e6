"""Campaigns in versions, when they were released, and what is left of their limits."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.append_only import AppendOnlyModel
from backend_bridge.central.organisation.models import Company, check_names, slug
from loyalty.rules import localised


class Stage(models.TextChoices):
    """What the company decided about a campaign."""

    DRAFT = "draft", _("draft")
    RELEASED = "released", _("released")
    PAUSED = "paused", _("paused")
    ENDED = "ended", _("ended")


class State(models.TextChoices):
    """What a campaign is on a day: its stage, and its dates."""

    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("scheduled")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    ENDED = "ended", _("ended")


class Campaign(models.Model):
    """A company's campaign. What it gives is in its versions: `current` is the one that counts.

    `id` is made from the company's number and the `code` that the company chose, so that companies
    never meet in their names.
    """

    id = models.CharField(_("id"), max_length=64, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    code = models.CharField(_("short name"), max_length=48, validators=[slug])
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.DRAFT)
    current = models.ForeignKey(
        "CampaignVersion", models.PROTECT, null=True, related_name="+", verbose_name=_("current version")
    )

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="campaign_code_once_per_company")]

    def __str__(self) -> str:
        return self.code if self.current is None else localised(self.current.names, "en")

    def state_on(self, today: dt.date) -> State:
        """The campaign's state on `today`, a date on the branch's wall clock."""
        if self.stage != Stage.RELEASED or self.current is None:
            return State(self.stage) if self.stage != Stage.RELEASED else State.DRAFT
        if self.current.valid_until is not None and self.current.valid_until < today:
            return State.ENDED
        if self.current.valid_from is not None and today < self.current.valid_from:
            return State.SCHEDULED
        return State.RUNNING


class CampaignVersion(AppendOnlyModel):
    """One version of a campaign, for ever as it was: receipts name the version that they were judged by.

    `rule` is a `loyalty.campaigns.campaign.Campaign`; the two dates repeat its own, for lists.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="versions", verbose_name=_("campaign"))
    number = models.PositiveIntegerField(_("version"))
    names = models.JSONField(_("names by language"), validators=[check_names])
    rule = models.JSONField(_("rule"))
    valid_from = models.DateField(_("first day"), null=True)
    valid_until = models.DateField(_("last day"), null=True)
    by = models.CharField(_("saved by"), max_length=150)
    at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("version of a campaign")
        verbose_name_plural = _("versions of campaigns")
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="one_campaign_version")]

    def __str__(self) -> str:
        return f"{self.campaign_id} v{self.number}"


class CampaignStage(AppendOnlyModel):
    """From when a campaign was in a stage: what comes late is judged by what was released when it was bought."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="stages", db_index=False, verbose_name=_("campaign")
    )
    stage = models.CharField(_("stage"), max_length=10, choices=Stage)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("stage of a campaign")
        verbose_name_plural = _("stages of campaigns")
        indexes = [models.Index(fields=["campaign", "at"], name="stages_of_campaign")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.stage}"


class LimitStock(models.Model):
    """What is left of one limit of a campaign, in all, for one customer or on one day.

    `over` is by how much more was taken than the limit, which was lowered since, allows. Never both:
    what comes back goes against `over` first.
    """

    id = models.CharField(_("id"), max_length=140, primary_key=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="stocks", verbose_name=_("campaign"))
    most = models.BigIntegerField(_("limit"))
    left = models.BigIntegerField(_("left"))
    over = models.BigIntegerField(_("taken beyond the limit"), default=0)

    class Meta:
        verbose_name = _("stock of a limit")
        verbose_name_plural = _("stocks of limits")
        constraints = [
            models.CheckConstraint(condition=models.Q(left__gte=0, over__gte=0), name="limit_is_not_negative"),
            models.CheckConstraint(condition=models.Q(left__lte=models.F("most")), name="limit_is_not_exceeded"),
            models.CheckConstraint(condition=models.Q(left=0) | models.Q(over=0), name="limit_is_left_or_over"),
        ]

    def __str__(self) -> str:
        return self.id

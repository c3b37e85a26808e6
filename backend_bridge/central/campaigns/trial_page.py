"""What the page of a trial is drawn from."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from backend_bridge.central.campaigns import versions
from backend_bridge.central.campaigns.errors import CampaignError
from backend_bridge.central.campaigns.models import Campaign
from backend_bridge.central.campaigns.trial_form import LineForms, TrialForm, receipt_of
from backend_bridge.central.campaigns.trying import Trial, trial
from backend_bridge.central.organisation.models import Branch
from loyalty.campaigns.campaign import Campaign as Rule
from loyalty.evaluation.errors import CaseError


def trial_context(campaign: Campaign, told: QueryDict | None) -> dict[str, Any]:
    """The forms, and the result where `told` is a receipt that can be judged."""
    used = _rule(campaign).customer_groups
    if told is None:
        return {
            "form": TrialForm(company=campaign.company, used=used, initial=_beginning(campaign)),
            "lines": LineForms(initial=_example(campaign), prefix="lines"),
        }
    form = TrialForm(told, company=campaign.company, used=used)
    lines = LineForms(told, prefix="lines")
    context: dict[str, Any] = {"form": form, "lines": lines}
    if form.is_valid() and lines.is_valid():
        try:
            context |= _shown(_tried(campaign, form, lines))
        except (CaseError, CampaignError) as error:
            form.add_error(None, str(error))
    return context


def _tried(campaign: Campaign, form: TrialForm, lines: Any) -> Trial:
    told = form.cleaned_data
    return trial(
        campaign,
        branch=told["branch"],
        at=form.instant(),
        receipt=receipt_of(lines, channel=told["channel"], currency=campaign.company.currency),
        customer=form.customer(),
        with_others=told["with_others"],
    )


def _shown(result: Trial) -> dict[str, Any]:
    headers = [_("Article"), _("Group"), _("Pieces"), _("Price"), _("Discount"), _("To pay")]
    return {"result": result, "bought": {"headers": headers, "rows": result.lines}}


def _beginning(campaign: Campaign) -> dict[str, Any]:
    """Now, at the first branch, by somebody for whom the campaign is meant."""
    rule = _rule(campaign)
    branch = Branch.objects.filter(company=campaign.company).order_by("name").first()
    now = timezone.now().astimezone(ZoneInfo(branch.timezone if branch else "UTC"))
    return {
        "branch": branch,
        "day": now.date(),
        "time": now.strftime("%H:%M"),
        "channel": "terminal",
        "known": True,
        "groups": rule.customer_groups,
        "with_others": True,
    }


def _example(campaign: Campaign) -> list[dict[str, Any]]:
    """A first line that the campaign covers, and one of which this is not known."""
    rule = _rule(campaign)
    covered = {
        "article": next(iter(rule.articles), ""),
        "group": next(iter(rule.article_groups), ""),
        "quantity": 1,
        "price": "10.00",
    }
    return [covered, {"article": "", "group": _("other"), "quantity": 1, "price": "5.00"}]


def _rule(campaign: Campaign) -> Rule:
    if campaign.current is None:
        raise CampaignError("campaign", "it has no version yet")
    return versions.rule_of(campaign.current)

"""The office's form for a campaign: what marketing people fill in, checked by the rules themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.campaigns import form_fields as fields
from backend_bridge.central.campaigns import form_rules, versions
from backend_bridge.central.campaigns.errors import CampaignError
from backend_bridge.central.campaigns.groups import group_choices
from backend_bridge.central.campaigns.models import Campaign
from backend_bridge.central.office.pages import Scope
from backend_bridge.central.organisation.models import Branch, Company, Pool, accepted_pools
from loyalty.campaigns.campaign import Campaign as Rule

if TYPE_CHECKING:
    _Form = forms.ModelForm[Campaign]
else:
    _Form = forms.ModelForm

_LONGEST_CODE = 40


class CampaignForm(_Form):
    """A campaign as people say it. `rule` and `names` are what it comes to once it is clean.

    `scope` is set for each request: whose campaigns the user may make.
    """

    scope: Scope
    rule: Rule
    names: dict[str, str]

    name_en = fields.text(_("English"))
    name_nl = fields.text(_("Dutch"))
    name_de = fields.text(_("German"))
    name_da = fields.text(_("Danish"))
    name_cs = fields.text(_("Czech"))
    kind = fields.choice(_("What customers get"), fields.KINDS)
    pool = fields.choice(_("Which points"), ())
    points_per_unit = fields.decimal(_("Points per 1.00"), at_most=10_000, help_text=_("For each euro, crown … paid."))
    minimum_balance = fields.whole(
        _("Minimum balance for paying"), help_text=_("Below this many points none can be spent at your company.")
    )
    last_days = fields.whole(
        _("Points last for days"),
        at_least=1,
        at_most=3660,
        help_text=_("After the day on which they are given. Nothing here and beside it: they do not run out."),
    )
    last_months = fields.whole(_("Or for months"), at_least=1, at_most=120)
    last_until = fields.day(
        _("Or until"), help_text=_("That whole day is included. The campaign ends then, or before.")
    )
    percent = fields.decimal(_("Per cent"), at_most=100)
    amount = fields.decimal(_("Amount"), help_text=_("In your currency, for instance 2.50."))
    pieces = fields.whole(_("Pieces"), at_least=1, at_most=100, help_text=_("The dearest that are covered are free."))
    combinable = fields.yes(_("May be combined with other discounts"))
    articles = fields.IdsField(label=_("Articles"), help_text=_("Article numbers, with commas between them."))
    article_groups = fields.IdsField(
        label=_("Article groups"), help_text=_("No article and no group: everything is covered.")
    )
    valid_from = fields.day(_("First day"))
    valid_until = fields.day(_("Last day"), help_text=_("That whole day is included, on the branch's own clock."))
    weekdays_1 = fields.weekdays(_("Weekdays"))
    start_1 = fields.text(_("From"), placeholder="00:00")
    end_1 = fields.text(_("Until"), placeholder="24:00")
    weekdays_2 = fields.weekdays(_("And on weekdays"))
    start_2 = fields.text(_("From"), placeholder="00:00")
    end_2 = fields.text(_("Until"), placeholder="24:00")
    branches = fields.several(_("Branches"), help_text=_("None ticked: all branches."))
    channels = fields.channels(_("Where it is bought"))
    customer_groups = fields.several(_("Customer groups"), help_text=_("None ticked: everybody, also without a card."))
    budget = fields.decimal(_("Budget"), help_text=_("Points for points, money for discounts. Empty: no limit."))
    uses = fields.whole(_("Uses in all"))
    uses_per_customer = fields.whole(_("Uses per customer"), help_text=_("Then a card is needed."))
    uses_per_day = fields.whole(_("Uses per day"))
    exclusive_group = fields.text(
        _("Exclusive group"), help_text=_("Of all campaigns with the same word here, only the best one counts.")
    )

    class Meta:
        model = Campaign
        fields = ("company", "code", "stage")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = self._company()
        self._offer(company)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Letters a-z, digits and -; it stays. Empty: made from the name.")
        if self.instance.current is not None and company is not None:
            shown = form_rules.values_of(versions.rule_of(self.instance.current), company.currency)
            shown |= {f"name_{language}": name for language, name in self.instance.current.names.items()}
            self.initial = {**shown, **self.initial}

    def clean(self) -> dict[str, Any]:
        """Put the rule together and have it checked; every error is at the field that it is about."""
        told = super().clean() or self.cleaned_data
        company = self._company() or told.get("company")
        if self.errors or company is None:
            return told
        self.names = {
            language: told[f"name_{language}"].strip()
            for language in fields.LANGUAGES
            if told[f"name_{language}"].strip()
        }
        code = self._code(told, company)
        try:
            if self.instance.pk == "" and Campaign.objects.filter(company=company, code=code).exists():
                raise CampaignError("code", str(_("There is a campaign of this short name. Choose another one.")))
            name = versions.campaign_id(company, code)
            self.rule = form_rules.rule_from(told, campaign=name, company=company.pk, currency=company.currency)
            versions.check(self.rule, names=self.names, company=company, code=code)
        except CampaignError as error:
            field = form_rules.FIELDS.get(error.field, error.field)
            self.add_error(field if field in self.fields else None, error.message)
        self.instance.company = company
        return {**told, "code": code}

    def _company(self) -> Company | None:
        """Whose campaign it is: an existing one's, or the user's own company; None: not yet chosen."""
        if self.instance.pk:
            return self.instance.company
        return None if self.scope.company is None else Company.objects.get(pk=self.scope.company)

    def _code(self, told: dict[str, Any], company: Company) -> str:
        if self.instance.pk:
            return self.instance.code
        name = self.names.get("en") or next(iter(self.names.values()), "")
        return told.get("code") or slugify(name)[:_LONGEST_CODE].strip("-")

    def _offer(self, company: Company | None) -> None:
        """The pools, branches and groups of the company, or of all where it is not chosen yet."""
        pools = Pool.objects.order_by("id") if company is None else accepted_pools(company)
        branches = Branch.objects.order_by("id")
        if company is not None:
            branches = branches.filter(company=company)
        self._choices("pool", [("", "–"), *((pool.pk, f"{pool} ({pool.pk})") for pool in pools)])
        self.fields["pool"].required = False
        self._choices("branches", [(branch.pk, branch.name) for branch in branches])
        current = self.instance.current
        used = () if current is None else versions.rule_of(current).customer_groups
        self._choices("customer_groups", group_choices(company, used))

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} has no choices")
        field.choices = choices

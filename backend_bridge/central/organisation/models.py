"""Programme > company > branch; pools, rewards, and public keys of coupon codes."""

from __future__ import annotations

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.calendar import is_timezone
from loyalty.rules import TrustRule, localised
from loyalty.units import EXPONENTS

LARGEST_NUMBER = 32_767
slug = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$", _("1 to 48 of a-z, 0-9 and - (not at an end)"))


def check_timezone(name: str) -> None:
    """Raises `ValidationError` unless `name` is an IANA time zone."""
    if not is_timezone(name):
        raise ValidationError(_("not an IANA time zone"))


def check_currency(currency: str) -> None:
    """Raises `ValidationError` for a currency whose decimals are not known."""
    if currency not in EXPONENTS:
        raise ValidationError(_("this currency is not known here"))


def check_trust(trust: object) -> None:
    """Raises `ValidationError` unless `trust` maps trust levels to trust rules."""
    try:
        msgspec.convert(trust, dict[str, TrustRule])
    except msgspec.ValidationError as error:
        raise ValidationError(str(error)) from error


def check_names(names: object) -> None:
    """Raises `ValidationError` unless `names` maps languages to texts."""
    try:
        msgspec.convert(names, dict[str, str])
    except msgspec.ValidationError as error:
        raise ValidationError(str(error)) from error


def check_languages(languages: object) -> None:
    """Raises `ValidationError` unless `languages` is a list of languages."""
    try:
        msgspec.convert(languages, list[str])
    except msgspec.ValidationError as error:
        raise ValidationError(str(error)) from error


class Programme(models.Model):
    """The operator's loyalty programme."""

    id = models.CharField(_("id"), max_length=48, primary_key=True, validators=[slug])
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def __str__(self) -> str:
        return self.name


class Company(models.Model):
    """A merchant. `number` names it in coupon codes; `trust` holds its own trust rules by level."""

    id = models.CharField(_("id"), max_length=48, primary_key=True, validators=[slug])
    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"))
    number = models.PositiveSmallIntegerField(_("number in coupon codes"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3, validators=[check_currency])
    colour = models.CharField(
        _("colour"), max_length=7, default="#9a3412", validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    languages = models.JSONField(_("languages"), default=list, validators=[check_languages])
    trust = models.JSONField(
        _("trust rules that differ from the default"), default=dict, blank=True, validators=[check_trust]
    )
    keep_points = models.PositiveIntegerField(_("points a terminal keeps per member"), default=0)
    pin_at_api = models.BooleanField(
        _("points by card over the API need the PIN"),
        default=False,
        help_text=_("A card that is only a number then pays with points after its PIN, not by staff's word."),
    )

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises `ValidationError` for a number that coupon codes or databases cannot carry."""
        if self.number is not None and not 1 <= self.number <= LARGEST_NUMBER:
            raise ValidationError({"number": _("a number from 1 to 32767")})


class Branch(models.Model):
    """A place of a company, with its wall clock."""

    id = models.CharField(_("id"), max_length=48, primary_key=True, validators=[slug])
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(_("time zone"), max_length=64, validators=[check_timezone])

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")

    def __str__(self) -> str:
        return self.name


class Pool(models.Model):
    """Points of one kind: of one company, or shared by the network. One currency, one point value."""

    id = models.CharField(_("id"), max_length=48, primary_key=True, validators=[slug])
    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"))
    names = models.JSONField(_("names by language"), default=dict, validators=[check_names])
    network = models.BooleanField(_("network-wide"))
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, verbose_name=_("company"))
    currency = models.CharField(_("currency"), max_length=3, validators=[check_currency])
    point_value_minor = models.PositiveIntegerField(_("value of a point in minor units"), default=1)
    minimum_balance = models.PositiveIntegerField(_("minimum balance for spending"), default=0)

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(network=True, company=None) | models.Q(network=False, company__isnull=False),
                name="pool_of_network_or_company",
            )
        ]

    def __str__(self) -> str:
        return localised(self.names, "en")


def accepted_pools(company: Company) -> models.QuerySet[Pool]:
    """The pools that `company` accepts: its own, and the network's in its currency."""
    own = models.Q(company=company)
    shared = models.Q(network=True, programme=company.programme_id)
    return Pool.objects.filter(own | shared, currency=company.currency).order_by("network", "id")


class Reward(models.Model):
    """Something that is paid with points of one pool at one company."""

    id = models.CharField(_("id"), max_length=48, primary_key=True, validators=[slug])
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"))
    names = models.JSONField(_("names by language"), default=dict, validators=[check_names])
    points = models.PositiveIntegerField(_("points"))
    icon = models.CharField(_("icon"), max_length=40, default="gift")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [models.CheckConstraint(condition=models.Q(points__gt=0), name="reward_costs_points")]

    def __str__(self) -> str:
        return localised(self.names, "en")

    def clean(self) -> None:
        """Raises `ValidationError` for a pool that the company does not accept."""
        company = Company.objects.filter(pk=self.company_id).first()
        if company is not None and not accepted_pools(company).filter(pk=self.pool_id).exists():
            raise ValidationError({"pool": _("this company does not accept this pool")})


class CouponSigningKey(models.Model):
    """The public half of a company's key for coupon codes; the private half is a file."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    number = models.PositiveSmallIntegerField(_("key number"))
    public = models.CharField(_("public key"), max_length=64)

    class Meta:
        verbose_name = _("coupon key")
        verbose_name_plural = _("coupon keys")
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="one_key_per_number")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.number}"

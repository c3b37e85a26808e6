"""Between a campaign's rule and the values of its form: amounts in major units, one field for one thing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from backend_bridge.central.campaigns.errors import CampaignError
from backend_bridge.central.campaigns.form_fields import WINDOWS
from loyalty.benefits import (
    AmountOff,
    CampaignBenefit,
    FreeGoods,
    FreeService,
    PercentOff,
    PointsPerTurnover,
    Rebate,
)
from loyalty.campaigns.campaign import Campaign
from loyalty.expiry import PointsLast
from loyalty.units import EXPONENTS
from loyalty.windows import Window

#: Which field of the form a part of the rule is written in.
FIELDS = {
    "benefit.rate": "points_per_unit",
    "benefit.rate_bp": "percent",
    "benefit.amount_minor": "amount",
    "benefit.pool": "pool",
    "benefit.pieces": "pieces",
    "benefit.minimum_balance": "minimum_balance",
    "benefit.last": "last_days",
    **{f"benefit.last.{name}": f"last_{name}" for name in ("days", "months", "until")},
    "names": "name_en",
    **{f"windows[{number}].end": f"end_{number + 1}" for number in range(WINDOWS)},
    **{f"limits.{name}": name for name in ("budget", "uses", "uses_per_customer", "uses_per_day")},
}


def minor(amount: Decimal, currency: str) -> int:
    """An amount of the major unit in minor units; raises `CampaignError` for a part of a minor unit."""
    scaled = amount * 10 ** EXPONENTS[currency]
    if scaled != scaled.to_integral_value():
        raise CampaignError("amount", "the currency has no smaller coins than that")
    return int(scaled)


def major(amount_minor: int, currency: str) -> Decimal:
    """An amount of minor units in the major unit."""
    exponent = EXPONENTS[currency]
    return Decimal(amount_minor).scaleb(-exponent).quantize(Decimal(1).scaleb(-exponent))


def rule_from(told: Mapping[str, Any], *, campaign: str, company: str, currency: str) -> Campaign:
    """The rule that the cleaned values of a form say. Raises `CampaignError` where something is missing
    or out of bounds."""
    plain = {
        "campaign": campaign,
        "company": company,
        "benefit": msgspec.to_builtins(_benefit(told, currency)),
        "exclusive_group": told["exclusive_group"],
        "limits": _limits(told, currency),
        "windows": [msgspec.to_builtins(window) for window in _windows(told)],
    }
    for name in ("branches", "channels", "customer_groups", "articles", "article_groups"):
        plain[name] = list(told[name])
    for name in ("valid_from", "valid_until"):
        plain[name] = told[name].isoformat() if told[name] else None
    try:
        return msgspec.convert(plain, Campaign)
    except msgspec.ValidationError as error:
        raise CampaignError("rule", str(error)) from error


def values_of(rule: Campaign, currency: str) -> dict[str, Any]:
    """The values of a form that says `rule`; raises `CampaignError` for a rule that the form cannot say."""
    if len(rule.windows) > WINDOWS:
        raise CampaignError("windows", "this campaign has more times than the form can show")
    values = {name: getattr(rule, name) for name in ("articles", "article_groups", "branches", "channels")}
    values |= {"customer_groups": rule.customer_groups, "exclusive_group": rule.exclusive_group}
    values |= {"valid_from": rule.valid_from, "valid_until": rule.valid_until}
    for number, window in enumerate(rule.windows, start=1):
        values |= {f"weekdays_{number}": [day.value for day in window.weekdays]}
        values |= {f"start_{number}": window.start, f"end_{number}": window.end}
    values |= {name: getattr(rule.limits, name) for name in ("uses", "uses_per_customer", "uses_per_day")}
    if rule.limits.budget is not None:
        in_points = isinstance(rule.benefit, PointsPerTurnover)
        values["budget"] = rule.limits.budget if in_points else major(rule.limits.budget, currency)
    return values | _benefit_values(rule.benefit, currency)


def _benefit(told: Mapping[str, Any], currency: str) -> CampaignBenefit:
    kind, combinable = told["kind"], bool(told["combinable"])
    match kind:
        case "award":
            rate = _wanted(told, "points_per_unit")
            minimum = told["minimum_balance"] or 0
            return PointsPerTurnover(
                pool=_wanted(told, "pool"), rate=int(rate * 100), minimum_balance=minimum, last=_last(told)
            )
        case "percent":
            return PercentOff(rate_bp=int(_wanted(told, "percent") * 100), combinable=combinable)
        case "amount":
            return AmountOff(amount_minor=minor(_wanted(told, "amount"), currency), combinable=combinable)
        case "goods":
            return FreeGoods(pieces=told["pieces"] or 1, combinable=combinable)
        case "service":
            return FreeService(pieces=told["pieces"] or 1, combinable=combinable)
        case _:
            return Rebate(rate_bp=int(_wanted(told, "percent") * 100))


def _last(told: Mapping[str, Any]) -> PointsLast | None:
    said = {name: told[f"last_{name}"] or None for name in PointsLast.__struct_fields__}
    return PointsLast(**said) if any(said.values()) else None


def _benefit_values(benefit: CampaignBenefit, currency: str) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": msgspec.to_builtins(benefit)["type"]}
    match benefit:
        case PointsPerTurnover(pool=pool, rate=rate, minimum_balance=minimum, last=last):
            rated = Decimal(rate).scaleb(-2)
            values |= {"pool": pool, "points_per_unit": rated.normalize() if rate % 100 else rate // 100}
            values |= {"minimum_balance": minimum or None}
            values |= {f"last_{name}": getattr(last, name, None) for name in PointsLast.__struct_fields__}
        case PercentOff(rate_bp=rate_bp) | Rebate(rate_bp=rate_bp):
            values["percent"] = Decimal(rate_bp).scaleb(-2) if rate_bp % 100 else rate_bp // 100
        case AmountOff(amount_minor=amount):
            values["amount"] = major(amount, currency)
        case FreeGoods(pieces=pieces) | FreeService(pieces=pieces):
            values["pieces"] = pieces
    return values | {"combinable": getattr(benefit, "combinable", True)}


def _limits(told: Mapping[str, Any], currency: str) -> dict[str, int | None]:
    limits: dict[str, int | None] = {name: told[name] for name in ("uses", "uses_per_customer", "uses_per_day")}
    budget = told["budget"]
    if budget is None:
        return limits
    if told["kind"] != "award":
        return limits | {"budget": minor(budget, currency)}
    if budget != int(budget):
        raise CampaignError("limits.budget", "a budget of points is a whole number")
    return limits | {"budget": int(budget)}


def _windows(told: Mapping[str, Any]) -> list[Window]:
    windows = []
    for number in range(1, WINDOWS + 1):
        days, start, end = (told[f"{name}_{number}"] for name in ("weekdays", "start", "end"))
        if days or start or end:
            window = {"weekdays": list(days), "start": start or "00:00", "end": end or "24:00"}
            try:
                windows.append(msgspec.convert(window, Window))
            except msgspec.ValidationError as error:
                raise CampaignError(f"windows[{number - 1}].end", "hours are written as 09:30 or 24:00") from error
    return windows


def _wanted(told: Mapping[str, Any], name: str) -> Any:
    if told[name] in (None, ""):
        raise CampaignError(name, "this is needed for this kind of campaign")
    return told[name]

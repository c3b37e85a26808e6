"""The demonstration's campaigns: the three of the point programme and the three coupons for cards, as they
were described when the product was invented."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from loyalty.campaigns.campaign import Campaign
from loyalty.windows import Weekday, next_weekday

_BY, _BAKERY = "demo", "de-molen"
#: The bakery's groups: what they are called, and who is in them.
GROUPS = {"vip": ("VIP customers", "vera"), "coupons": ("Coupons on the card", "anna")}

#: Company, short name, names, and the rule. `next` is a weekday that is fixed as a date when it is seeded (C5).
CAMPAIGNS: list[dict[str, Any]] = [
    {
        "company": "cocktailbar-zuid",
        "code": "cocktails",
        "names": {
            "en": "10 points per euro on our cocktails",
            "nl": "Op onze cocktails krijgt u 10 punten per 1,- € omzet",
            "de": "10 Punkte je Euro auf unsere Cocktails",
        },
        "rule": {
            "benefit": {"type": "award", "pool": "network-points", "rate": 1000},
            "article_groups": ["cocktails"],
        },
    },
    {
        "company": "de-molen",
        "code": "bread",
        "names": {
            "en": "5 points for every euro of bread in our bakeries",
            "nl": "Voor elke euro gekocht brood in onze bakkerijketen ontvangt u 5 punten",
            "de": "5 Punkte für jeden Euro Brot in unseren Bäckereien",
        },
        "rule": {"benefit": {"type": "award", "pool": "bread-points", "rate": 500}, "article_groups": ["bread"]},
    },
    {
        "company": "de-molen",
        "code": "vip",
        "names": {
            "en": "20 points per euro on all products for VIP customers",
            "nl": "Als VIP-klant krijgt u 20 punten per euro omzet op alle producten",
            "de": "Als VIP-Kunde 20 Punkte je Euro auf alle Produkte",
        },
        "rule": {"benefit": {"type": "award", "pool": "bread-points", "rate": 2000}, "customer_groups": ["vip"]},
    },
    {
        "company": "kavarna-kaple",
        "code": "monday-mains",
        "names": {"en": "10 % off all main courses on Mondays", "cs": "V pondělí 10 % sleva na všechna hlavní jídla"},
        "rule": {
            "benefit": {"type": "percent", "rate_bp": 1000},
            "article_groups": ["main-courses"],
            "customer_groups": ["coupons"],
            "windows": [{"weekdays": ["mon"]}],
        },
    },
    {
        "company": "kavarna-kaple",
        "code": "coffee-next-wednesday",
        "names": {
            "en": "Come next Wednesday and get a free coffee",
            "cs": "Přijďte k nám příští středu a dostanete jednu kávu zdarma",
        },
        "next": Weekday.WEDNESDAY,
        "rule": {
            "benefit": {"type": "goods", "pieces": 1},
            "article_groups": ["coffee"],
            "customer_groups": ["coupons"],
            "limits": {"uses_per_customer": 1},
        },
    },
    {
        "company": "de-molen",
        "code": "friday-bread",
        "names": {
            "en": "10 % off all kinds of bread on Friday",
            "nl": "Vrijdag 10 % korting op alle soorten brood",
            "cs": "V pátek 10 % sleva na všechny druhy chleba",
        },
        "next": Weekday.FRIDAY,
        "rule": {
            "benefit": {"type": "percent", "rate_bp": 1000},
            "article_groups": ["bread"],
            "customer_groups": ["coupons"],
        },
    },
]


def rule_for(about: dict[str, Any], *, campaign: str, today: dt.date) -> Campaign:
    """The rule of one of `CAMPAIGNS`, scheduled on `today`."""
    told = {**about["rule"], "company": about["company"], "campaign": campaign}
    if "next" in about:
        day = next_weekday(today, about["next"]).isoformat()
        told |= {"valid_from": day, "valid_until": day}
    return msgspec.convert(told, Campaign)


def seed_campaigns(now: dt.datetime) -> None:
    """Release the campaigns of the demonstration, with the groups of the bakery that they name; what is there is
    left alone."""
    from backend_bridge.central.campaigns import versions
    from backend_bridge.central.campaigns.models import Campaign as Row
    from backend_bridge.central.campaigns.models import Stage
    from backend_bridge.central.organisation.models import Company
    from backend_bridge.central.sales.models import CashRounding

    for branch in ("utrecht-centraal", "zuid"):
        CashRounding.objects.get_or_create(branch_id=branch, defaults={"country": "NL"})
    _seed_groups(now)
    for about in CAMPAIGNS:
        company = Company.objects.get(pk=about["company"])
        name = versions.campaign_id(company, about["code"])
        if Row.objects.filter(pk=name).exists():
            continue
        rule = rule_for(about, campaign=name, today=now.date())
        version = versions.save(company=company, code=about["code"], rule=rule, names=about["names"], by=_BY, at=now)
        versions.set_stage(version.campaign, Stage.RELEASED)


def _seed_groups(now: dt.datetime) -> None:
    from backend_bridge.central.customers.models import Customer
    from backend_bridge.central.customers.services import groups

    known = {one.group for one in groups.groups(company=_BAKERY)}
    for group, (name, username) in GROUPS.items():
        if group not in known:
            groups.create(company=_BAKERY, group=group, name=name)
            members = Customer.objects.filter(username=username).values_list("pk", flat=True)
            groups.add(company=_BAKERY, group=group, members=members, by=_BY, at=now)

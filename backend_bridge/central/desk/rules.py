"""The rules bundle of a branch: built from what the office keeps, published by the hash of its bytes."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
from django.utils import timezone

from backend_bridge.central.campaigns.rulesets import bundled_campaigns
from backend_bridge.central.customers.models import Card
from backend_bridge.central.fleet.models import PublishedRules, Terminal
from backend_bridge.central.organisation.models import (
    Branch,
    Company,
    CouponSigningKey,
    Pool,
    Reward,
    accepted_pools,
)
from backend_bridge.central.sales.tills import till_of
from loyalty import rules
from loyalty.rules import CAREFUL_TRUST, RulesBundle, TrustRule


def trust_rules(company: Company) -> dict[str, TrustRule]:
    """What cards may do at `company`: the careful default, with the company's own decisions over it.

    Raises `msgspec.ValidationError` when those are not trust rules.
    """
    return {**CAREFUL_TRUST, **msgspec.convert(company.trust, dict[str, TrustRule])}


def build(branch: Branch, *, at: dt.datetime) -> RulesBundle:
    """Everything that terminals of `branch` judge by from `at` on. Its version is the hash of its content."""
    company = branch.company
    bundle = RulesBundle(
        version="",
        company=company.pk,
        branch=branch.pk,
        timezone=branch.timezone,
        languages=tuple(company.languages),
        branding=rules.Branding(company_name=company.name, colour=company.colour),
        pools=tuple(_pool_rule(pool) for pool in accepted_pools(company)),
        rewards=tuple(
            _reward(row) for row in Reward.objects.filter(company=company, active=True).order_by("points", "id")
        ),
        coupon_keys=_coupon_keys(company),
        trust=trust_rules(company),
        keep_points=company.keep_points,
        blocked_cards=tuple(
            Card.objects.filter(status=Card.Status.BLOCKED, customer__programme=company.programme_id)
            .order_by("token")
            .values_list("token", flat=True)
        ),
        till=till_of(branch),
        campaigns=bundled_campaigns(company, at=at),
    )
    version = hashlib.sha256(rules.encode(bundle)).hexdigest()[:12]
    return msgspec.structs.replace(bundle, version=version)


def publish(branch: Branch, *, at: dt.datetime | None = None) -> PublishedRules:
    """The bundle of `branch` as it is at `at` (now), kept so that terminals can fetch it by its hash."""
    bundle = build(branch, at=at or timezone.now())
    data = rules.encode(bundle)
    published, _made = PublishedRules.objects.get_or_create(
        branch=branch,
        sha256=hashlib.sha256(data).hexdigest(),
        defaults={"version": bundle.version, "data": data},
    )
    return published


def published_bytes(terminal_id: str, sha256: str) -> bytes | None:
    """The bytes of a bundle that was announced to this terminal's branch, or None."""
    branch = Terminal.objects.filter(pk=terminal_id).values("branch")
    found = PublishedRules.objects.filter(branch__in=branch, sha256=sha256).first()
    return None if found is None else bytes(found.data)


def _pool_rule(pool: Pool) -> rules.PoolRule:
    return rules.PoolRule(
        pool=pool.pk,
        names=pool.names,
        network=pool.network,
        currency=pool.currency,
        point_value_minor=pool.point_value_minor,
        minimum_balance=pool.minimum_balance,
    )


def _reward(row: Reward) -> rules.Reward:
    return rules.Reward(reward=row.pk, names=row.names, pool=row.pool_id, points=row.points, icon=row.icon)


def _coupon_keys(company: Company) -> tuple[rules.CouponKey, ...]:
    """The keys of every company that shares a currency, since their network coupons count here too."""
    rows = CouponSigningKey.objects.filter(
        company__programme=company.programme_id, company__currency=company.currency
    ).select_related("company")
    return tuple(
        rules.CouponKey(company_number=row.company.number, key=row.number, public=bytes.fromhex(row.public))
        for row in rows.order_by("company__number", "number")
    )

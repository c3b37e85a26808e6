"""Writes the programme of the simulated world into a migrated database. Needs Django set up."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.acting import perform
from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.fleet.models import Terminal, TerminalVisit
from backend_bridge.central.instants import from_ms
from backend_bridge.central.office.staff import add_operator
from backend_bridge.central.organisation.models import Branch, Company, CouponSigningKey, Pool, Programme, Reward
from hw_sim.fleet import programme as facts
from hw_sim.fleet.ground import START_MS
from loyalty.acts.points import PointsOpened
from loyalty.acts.vouchers import NewVoucher, VouchersIssued
from loyalty.benefits import PointsValue
from loyalty.cards import card_token

_BEFORE = from_ms(START_MS) - dt.timedelta(weeks=4)
_BY = "fleet"


def seed() -> None:
    """Write all of it."""
    _organisation()
    _terminals()
    _customers()
    for operator in facts.OPERATORS:
        add_operator(operator, password="of no use here")  # noqa: S106 - nobody logs in
    for coupon, points in facts.COUPON_POINTS.items():
        like = NewVoucher(company=facts.BAKERY, value=PointsValue(pool=facts.BREAD, points=points))
        act = VouchersIssued(vouchers=(coupon,), like=like)
        perform(act, key=f"coupon/{coupon}", company=facts.BAKERY, by=_BY, at=_BEFORE)


def _organisation() -> None:
    programme = Programme.objects.create(id=facts.PROGRAMME, name="Fleet")
    for company, number, keep, trust in facts.COMPANIES:
        Company.objects.create(
            id=company,
            programme=programme,
            number=number,
            name=company,
            currency="EUR",
            languages=["en"],
            trust=trust,
            keep_points=keep,
        )
    for branch, company, timezone in facts.BRANCHES:
        Branch.objects.create(id=branch, company_id=company, name=branch, timezone=timezone)
    for pool, minimum in facts.MINIMUM.items():
        network = pool == facts.NETWORK
        Pool.objects.create(
            id=pool,
            programme=programme,
            names={"en": pool},
            network=network,
            company_id=None if network else facts.BAKERY,
            currency="EUR",
            minimum_balance=minimum,
        )
    for reward in facts.REWARDS.values():
        Reward.objects.create(
            id=reward.id, company_id=reward.company, pool_id=reward.pool, names={"en": reward.id}, points=reward.points
        )
    key = facts.COUPON_KEY.public.hex()
    CouponSigningKey.objects.create(company_id=facts.BAKERY, number=facts.COUPON_KEY_NUMBER, public=key)


def _terminals() -> None:
    for one in facts.TERMINALS:
        Terminal.objects.create(id=one.id, branch_id=one.branch, public=one.key.public.hex())


def _customers() -> None:
    for number, one in enumerate(facts.CUSTOMERS):
        customer = Customer.objects.create(
            id=one.id, programme_id=facts.PROGRAMME, username=f"person-{number}", created_at=_BEFORE
        )
        token = card_token(one.uid, facts.CARD_KEY)
        Card.objects.create(token=token, customer=customer, family="ntag", status=Card.Status.ACTIVE)
        _habits(one)
        for pool, points, issuer in (
            (facts.BREAD, one.bread, facts.BAKERY),
            (facts.NETWORK, one.network, facts.BAR),
        ):
            if points:
                _open(one.id, pool, points=points, issuer=issuer)


def _habits(one: facts.CustomerFacts) -> None:
    """Visits of the last weeks: mostly at one terminal of the usual branch, sometimes at the one beside it."""
    for place, terminal in enumerate(facts.usual_terminals(one)):
        for weeks in range(1, 3 - place):
            at = from_ms(START_MS) - dt.timedelta(weeks=weeks)
            TerminalVisit.objects.create(
                member_id=one.id, terminal_id=terminal, day=at.date(), visits=3 - place, last_at=at
            )


def _open(member: str, pool: str, *, points: int, issuer: str) -> None:
    """Two lots, so that a spend takes parts of several."""
    for number, part in enumerate((points // 3, points - points // 3)):
        if part:
            lot = f"opening-{member[:8]}-{pool}-{number}"
            act = PointsOpened(lot=lot, member=member, pool=pool, points=part, issuer=issuer)
            perform(act, key=lot, company=issuer, by=_BY, at=_BEFORE)

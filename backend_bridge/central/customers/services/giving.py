"""Points that staff or a neighbouring system register to a customer (B8), also to one who is only invited (B7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from backend_bridge.central.acting import judge
from backend_bridge.central.customers.errors import BadValue, NotKnown
from backend_bridge.central.customers.knowing import the_account
from backend_bridge.central.customers.models import Customer, Invitation
from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger.posting import MAX_AMOUNT, Posting
from backend_bridge.central.organisation.models import Company, accepted_pools
from loyalty.acts.members import PointsWaiting
from loyalty.acts.points import PointsGiven


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """Points that were registered. `waiting`: they can be spent once the invitation is accepted."""

    member: str
    pool: str
    points: int
    lot: str
    waiting: bool
    repeated: bool


class Giving(msgspec.Struct, frozen=True, kw_only=True):
    """Points that `company` gives to `member`, with an origin of earned or goodwill."""

    company: str
    member: str
    pool: str
    points: int
    origin: str = "earned"
    expires_at: dt.datetime | None = None
    reason: str = ""


def register_points(
    giving: Giving, *, key: str, by: str, at: dt.datetime, happened_at: dt.datetime | None = None
) -> Registered:
    """Register points, once for `key`; a member gets them at once, an invited person's wait.

    Raises `BadValue`, `NotKnown`, and `KeyUsedOtherwise` where the key was used for something else.
    """
    check(giving)
    done = judge(_decide(giving), key=key, company=giving.company, by=by, at=at, happened_at=happened_at)
    act = done.act
    if not isinstance(act, PointsGiven | PointsWaiting) or _facts(act) != _wanted(giving):
        raise KeyUsedOtherwise(f"the key {key} was used for something else before")
    return Registered(
        member=act.member,
        pool=act.pool,
        points=act.points,
        lot=done.result.lot,
        waiting=isinstance(act, PointsWaiting),
        repeated=done.repeated,
    )


def check(giving: Giving) -> None:
    """Raises `BadValue` for a pool that the company does not accept, an origin, or a number that cannot be."""
    company = Company.objects.filter(pk=giving.company).first()
    if company is None or not accepted_pools(company).filter(pk=giving.pool).exists():
        raise BadValue("pool", "accepted", "this company gives no points of this pool")
    if not 1 <= giving.points <= MAX_AMOUNT:
        raise BadValue("points", "range", f"1 to {MAX_AMOUNT}")
    if giving.origin not in ("earned", "goodwill"):
        raise BadValue("origin", "choice", "earned or goodwill")


def _decide(giving: Giving) -> Callable[[Posting], msgspec.Struct]:
    def decide(_posting: Posting) -> msgspec.Struct:
        customer = Customer.objects.filter(pk=giving.member).first()
        if customer is not None and customer.merged_into_id is not None:
            customer = Customer.objects.get(pk=customer.merged_into_id)
        if customer is None:
            raise NotKnown("member", "known", "there is no such customer")
        told: dict[str, Any] = {
            "member": customer.pk,
            "pool": giving.pool,
            "points": giving.points,
            "issuer": giving.company,
            "origin": giving.origin,
            "expires_ms": None if giving.expires_at is None else to_ms(giving.expires_at),
            "reason": giving.reason,
        }
        if customer.standing == Customer.Standing.MEMBER:
            return PointsGiven(**told)
        return PointsWaiting(invitation=_open_invitation(giving.company, customer), **told)

    return decide


def _open_invitation(company: str, customer: Customer) -> str:
    """The invitation by which points can wait; locked, so that it does not end meanwhile."""
    row = Invitation.objects.select_for_update().filter(company=company, customer=customer, state=Invitation.State.OPEN)
    found = row.first()
    if found is None:
        raise NotKnown("member", "known", "there is no such customer, and no open invitation")
    return found.pk


def _facts(act: PointsGiven | PointsWaiting) -> tuple[object, ...]:
    return (the_account(act.member), act.pool, act.points, act.issuer, act.origin, act.expires_ms, act.reason)


def _wanted(giving: Giving) -> tuple[object, ...]:
    expires_ms = None if giving.expires_at is None else to_ms(giving.expires_at)
    who = the_account(giving.member)
    return (who, giving.pool, giving.points, giving.company, giving.origin, expires_ms, giving.reason)

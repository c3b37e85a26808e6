"""Balances and statements of customers, and points that are given."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from ninja import Query
from pydantic import Field

from backend_bridge.central.api.belonging import customer_at, customer_in, pool_at, pool_in, unknown
from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import (
    Amount,
    Cursor,
    Hex,
    Id,
    Instant,
    Limit,
    Note,
    PathHex,
    PathId,
    Shown,
    Wanted,
)
from backend_bridge.central.api.paging import page
from backend_bridge.central.api.problems import broken
from backend_bridge.central.api.reading import Found, found, statement
from backend_bridge.central.customers.services.finding import find_by_username
from backend_bridge.central.customers.services.giving import Giving, register_points
from backend_bridge.central.organisation.models import accepted_pools

section = Section("points", "What customers have, where it came from, and giving more.")

AsOf = Annotated[
    Instant | None, Query(None, description="The books as they were at this instant; without: as they are.")
]


class LotShown(Shown):
    """What is left of one award."""

    lot: str
    points: int
    origin: str = Field(description="`earned`, `purchased` or `goodwill`.")
    own: bool = Field(description="Whether this company gave them.")
    created_at: dt.datetime
    expires_at: dt.datetime | None
    terminal: bool = Field(description="Whether a terminal holds them for this customer: not spendable elsewhere.")


class BalanceShown(Shown):
    """What a customer has in one pool."""

    pool: str
    points: int = Field(description="All that has not expired, less what is owed. Below zero only after a reversal.")
    free: int = Field(description="The part of it that no terminal holds.")
    owed: int = Field(description="What a reversal took below zero; later awards fill it.")
    minimum_balance: int = Field(description="Below it nothing can be spent.")
    point_value_minor: int
    currency: str
    lots: list[LotShown] = Field(description="In the order in which they are spent.")


class Balances(Shown):
    """What a customer has in every pool that the company accepts."""

    customer: str
    as_of: dt.datetime
    items: list[BalanceShown]


class EntryShown(Shown):
    """One posting to a customer's account."""

    id: int
    at: dt.datetime = Field(description="When it was posted.")
    happened_at: dt.datetime
    kind: str = Field(description="`awarded`, `given`, `spent`, `reversed`, `expired` …")
    points: int = Field(description="Above zero: the customer got them.")
    lot: str | None
    reference: str = Field(description="The cause of the posting in the books.")


class StatementPage(Shown):
    """A page of postings, the newest first."""

    items: list[EntryShown]
    next: str | None = Field(description="The cursor of the next page.")


class Gift(Wanted):
    """Points for a customer, who is named by id or by username (B8)."""

    customer: Hex | None = None
    username: Note | None = Field(default=None, description="Also of somebody whom the company does not know yet.")
    pool: Id
    points: Amount
    origin: Literal["goodwill", "earned"] = "goodwill"
    expires_at: Instant | None = Field(default=None, description="When what is left of them expires; without: never.")
    reason: Note = Field(default="", description="The company's own word for it, without personal data.")


class GiftShown(Shown):
    """Points that were given."""

    lot: str
    customer: str
    pool: str
    points: int
    waiting: bool = Field(description="Whether they wait until the customer has accepted an invitation (B7).")


@section.get("/customers/{customer}/balances", scope="points:read")
def list_balances(call: Call, customer: PathHex, *, as_of: AsOf) -> Balances:
    """What a customer can spend with the company, pool by pool, lot by lot."""
    member, at = customer_at(call, customer), _moment(call, as_of)
    pools = accepted_pools(call.caller.company)
    shown = [_balance(call, found(member, pool, at=at, past=as_of is not None)) for pool in pools]
    return Balances(customer=member, as_of=at, items=shown)


@section.get("/customers/{customer}/balances/{pool}", scope="points:read")
def read_balance(call: Call, customer: PathHex, pool: PathId, *, as_of: AsOf) -> BalanceShown:
    """The same for one pool."""
    member, at = customer_at(call, customer), _moment(call, as_of)
    return _balance(call, found(member, pool_at(call, pool), at=at, past=as_of is not None))


@section.get("/customers/{customer}/statement/{pool}", scope="points:read")
def read_statement(call: Call, customer: PathHex, pool: PathId, *, cursor: Cursor, limit: Limit) -> StatementPage:
    """A customer's postings in one pool. Of a network pool, those of this company only."""
    member, row = customer_at(call, customer), pool_at(call, pool)
    rows = statement(member, row, company=call.company)
    filters = f"{member}\0{row.pk}"
    entries = page(call, rows, name="statement", order="-id", cursor=cursor, limit=limit, filters=filters)
    return StatementPage(
        items=[
            EntryShown(
                id=one.pk,
                at=one.cause.at,
                happened_at=one.cause.happened_at,
                kind=one.kind,
                points=one.amount if one.credit.member_id == member else -one.amount,
                lot=one.lot_id,
                reference=one.cause.key,
            )
            for one in entries.rows
        ],
        next=entries.next,
    )


@section.post("/points/gifts", scope="points:award")
def give_points(call: Call, gift: Gift) -> GiftShown:
    """Give points to a customer, by the company's own decision. An invited customer's wait for the acceptance."""
    member, pool = _receiver(call, gift), pool_in(call, gift.pool)
    if gift.expires_at is not None and gift.expires_at <= call.at:
        raise broken("body.expires_at", "future", "Points expire in the future.")
    giving = Giving(
        company=call.company,
        member=member,
        pool=pool.pk,
        points=gift.points,
        origin=gift.origin,
        expires_at=gift.expires_at,
        reason=gift.reason,
    )
    done = register_points(giving, key=call.cause, by=call.caller.by, at=call.at)
    return GiftShown(lot=done.lot, customer=done.member, pool=done.pool, points=done.points, waiting=done.waiting)


def _receiver(call: Call, gift: Gift) -> str:
    if (gift.customer is None) == (gift.username is None):
        raise broken("body.customer", "one_of", "Name a customer by id, or by username.")
    if gift.customer is not None:
        return customer_in(call, gift.customer)
    found = find_by_username(company=call.company, username=str(gift.username))
    if found is None:
        raise unknown("body.username", "customer")
    return found.member


def _moment(call: Call, as_of: dt.datetime | None) -> dt.datetime:
    if as_of is not None and as_of > call.at:
        raise broken("query.as_of", "past", "The books of the future are not written yet.")
    return as_of or call.at


def _balance(call: Call, there: Found) -> BalanceShown:
    return BalanceShown(
        pool=there.pool.pk,
        points=there.points,
        free=there.free,
        owed=there.owed,
        minimum_balance=there.pool.minimum_balance,
        point_value_minor=there.pool.point_value_minor,
        currency=there.pool.currency,
        lots=[
            LotShown(
                lot=part.lot.pk,
                points=part.points,
                origin=part.lot.origin,
                own=part.lot.issuer_id == call.company,
                created_at=part.lot.created_at,
                expires_at=part.lot.expires_at,
                terminal=part.at_terminal,
            )
            for part in there.parts
        ],
    )

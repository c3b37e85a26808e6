"""The company, its branches, and the pools that it accepts."""

from __future__ import annotations

from pydantic import Field

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Cursor, Limit, PathId, Shown
from backend_bridge.central.api.paging import page
from backend_bridge.central.api.problems import not_found
from backend_bridge.central.organisation.models import Branch, Pool, accepted_pools

section = Section("organisation", "The company of the key, its branches, and the pools that it accepts.")


class CompanyShown(Shown):
    """The company of the key."""

    id: str
    name: str
    currency: str
    client: str = Field(description="The name under which this key's system is known.")
    channel: str = Field(description="Where redemptions through this key take place: `terminal` or `webshop`.")
    branch: str | None = Field(description="The branch that is meant where a request names none.")
    scopes: list[str]


class BranchShown(Shown):
    """A place of the company."""

    id: str
    name: str
    timezone: str = Field(description="IANA time zone; windows and days are judged on its wall clock.")


class Branches(Shown):
    """A page of branches."""

    items: list[BranchShown]
    next: str | None = Field(description="The cursor of the next page.")


class PoolShown(Shown):
    """Points of one kind."""

    id: str
    names: dict[str, str] = Field(description="By language.")
    network: bool = Field(description="Whether every company with this currency takes them.")
    currency: str
    point_value_minor: int = Field(description="What a point is worth, in minor units.")
    minimum_balance: int = Field(description="Below this balance no point can be spent.")


class Pools(Shown):
    """Every pool that the company accepts."""

    items: list[PoolShown]


@section.get("/company", scope="organisation:read")
def read_company(call: Call) -> CompanyShown:
    """The company that the key belongs to, and what the key may do."""
    caller = call.caller
    return CompanyShown(
        id=caller.company.pk,
        name=caller.company.name,
        currency=caller.company.currency,
        client=caller.client,
        channel=caller.channel,
        branch=caller.branch,
        scopes=sorted(caller.scopes),
    )


@section.get("/branches", scope="organisation:read")
def list_branches(call: Call, *, cursor: Cursor, limit: Limit) -> Branches:
    """The company's branches, by id."""
    found = page(
        call, Branch.objects.filter(company=call.company), name="branches", order="id", cursor=cursor, limit=limit
    )
    return Branches(items=[_branch(row) for row in found.rows], next=found.next)


@section.get("/branches/{branch}", scope="organisation:read")
def read_branch(call: Call, branch: PathId) -> BranchShown:
    """One branch of the company."""
    row = Branch.objects.filter(pk=branch, company=call.company).first()
    if row is None:
        raise not_found("branch")
    return _branch(row)


@section.get("/pools", scope="organisation:read")
def list_pools(call: Call) -> Pools:
    """The company's own pools, and those of the network in its currency."""
    return Pools(items=[_pool(row) for row in accepted_pools(call.caller.company)])


@section.get("/pools/{pool}", scope="organisation:read")
def read_pool(call: Call, pool: PathId) -> PoolShown:
    """One pool that the company accepts."""
    row = accepted_pools(call.caller.company).filter(pk=pool).first()
    if row is None:
        raise not_found("pool")
    return _pool(row)


def _branch(row: Branch) -> BranchShown:
    return BranchShown(id=row.pk, name=row.name, timezone=row.timezone)


def _pool(row: Pool) -> PoolShown:
    return PoolShown(
        id=row.pk,
        names=row.names,
        network=row.network,
        currency=row.currency,
        point_value_minor=row.point_value_minor,
        minimum_balance=row.minimum_balance,
    )

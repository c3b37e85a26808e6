"""Ids of two companies, and bodies that fit a description: what a test needs to try every endpoint."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from backend_bridge.central.api.models import Webhook, WebhookEvent
from backend_bridge.central.api.urls import description
from backend_bridge.central.api.webhooks import outbox
from backend_bridge.central.campaigns import versions
from backend_bridge.central.customers.models import Customer, Membership
from backend_bridge.central.customers.services import deferring
from backend_bridge.central.customers.services.cards import issue_card
from backend_bridge.central.customers.services.inviting import invite
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.organisation.models import Branch, Company
from backend_bridge.central.sales.request import SaleRequest
from backend_bridge.central.sales.services import record_sale
from backend_bridge.central.vouchers.services.issuing import issue_vouchers
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import PercentOff
from loyalty.campaigns.campaign import Campaign as Rule
from loyalty.receipts.receipt import Line, Receipt
from tests.unit.central.api_neighbour import HOME, OTHER
from tests.unit.central.lab import BREAD, member

_BY_PATTERN: dict[str, Any] = {
    "^[A-Z]{3}$": "EUR",
    "^[^/]+$": "r-1",
    "^[a-z0-9-]{1,30}$": "x",
    "^[0-9]{4,8}$": "59371",
    "^[0-9A-Fa-f :-]+$": "04e1f2a3b4c5d6",
}
_BY_NAME = {"url": "https://example.org/", "number": "04e1f2a3b4c5d6"}
_BY_FORMAT = {"date": "2031-01-01", "date-time": "2031-01-01T00:00:00Z"}


#: What names something in a body, and its kind. Other fields of the same names are numbers or texts of their own.
IN_BODIES = {
    "customer": "customer",
    "owner": "customer",
    "branch": "branch",
    "branches": "branch",
    "pool": "pool",
    "company": "company",
    "vouchers": "voucher",
}
#: What stands in a path and is no id.
PLAIN = {"month": "2026-02", "first": "2026-02-01", "last": "2026-02-28"}


class Ids(msgspec.Struct, frozen=True):
    """One kind of thing: an id of the caller's company, one of another company, and one of nobody."""

    own: str
    foreign: str
    nobodys: str


class Operation(msgspec.Struct, frozen=True):
    """One method at one path of the description."""

    name: str
    method: str
    path: str
    inputs: list[dict[str, Any]]
    schema: dict[str, Any]

    def needs_key(self) -> bool:
        """Whether it does something."""
        return any(one["name"] == "Idempotency-Key" for one in self.inputs)


def operations() -> Iterator[Operation]:
    """Every operation of the description."""
    for path, methods in description()["paths"].items():
        for method, about in methods.items():
            content = about.get("requestBody", {}).get("content", {}).values()
            [schema] = [one["schema"] for one in content] or [{}]
            short = path.removeprefix("/api/v1/")
            yield Operation(about["operationId"], method.upper(), short, about["parameters"], schema)


def world() -> dict[str, Ids]:
    """Things of `HOME` and of `OTHER`, by what paths and bodies call them."""
    own, foreign = things(HOME, member("anna")), things(OTHER, _stranger())
    nobodys = {
        "card": "0" * 32,
        "webhook": "0" * 32,
        "sequence": "999",
        "customer": "0" * 32,
        "branch": "no-such-branch",
        "pool": "no-such-pool",
        "company": "no-such-company",
        "voucher": "0" * 16,
        "batch": "0" * 32,
        "receipt": "no-such-receipt",
        "campaign": "1-no-such-campaign",
        "note": "0" * 32,
        "invitation": "0" * 32,
    }
    assert own.keys() == foreign.keys() == nobodys.keys()
    return {name: Ids(own[name], foreign[name], nobodys[name]) for name in own}


def things(company: str, customer: str) -> dict[str, str]:
    """One of everything of `company`, made by the services."""
    at, home = timezone.now(), company == HOME
    branch = Branch.objects.filter(company=company).order_by("pk").values_list("pk", flat=True)[0]
    like = NewVoucher(company=company, value=PercentOff(rate_bp=1000))
    made = issue_vouchers(company=company, like=like, batch=f"p6-{company}", key=f"p6-{company}", by="test", at=at)
    card = issue_card(company=company, member=customer, card=("a" if home else "b") * 32, family="other", by="t", at=at)
    sold = Receipt(receipt=f"p6-{company}", lines=(Line(line=1, article="bread", gross_minor=100),))
    record_sale(company=company, branch=branch, request=SaleRequest(receipt=sold), by="test", at=at)
    note = deferring.note(
        company=company,
        what=deferring.Note(branch=branch, hint="x", pool="network-points", points=1),
        by="test",
        at=at,
    )
    code = f"p6-{company}"
    rule = Rule(campaign=f"{1 if home else 2}-{code}", company=company, benefit=PercentOff(rate_bp=1000))
    owner = Company.objects.get(pk=company)
    campaign = versions.save(company=owner, code=code, rule=rule, names={"en": code}, by="test", at=at).campaign
    with transaction.atomic():
        webhook = _webhook(company, 0 if home else 1)
    return {
        "card": card.card,
        "webhook": webhook,
        "sequence": "1" if home else "998",
        "customer": customer,
        "branch": branch,
        "pool": BREAD if home else "kaple-points",
        "company": company,
        "voucher": made.voucher,
        "batch": made.batch,
        "receipt": f"p6-{company}",
        "campaign": campaign.pk,
        "note": note.note,
        "invitation": invite(company=company, contact=Contact(), by="test", at=at).invitation,
    }


def _stranger() -> str:
    """A customer whom only `OTHER` knows."""
    row = Customer.objects.create(
        id="f" * 31 + "1", programme_id="tapbon", username="stranger", created_at=timezone.now()
    )
    Membership.objects.create(customer=row, company_id=OTHER, since=timezone.now())
    return row.pk


def _webhook(company: str, number: int) -> str:
    """A webhook with something that waits for it."""
    at = timezone.now()
    row = Webhook.objects.create(
        id=f"{number}" + "e" * 31, company_id=company, client="till", url="https://example.org/", created_at=at
    )
    event = WebhookEvent(id=f"{number}" + "d" * 31, company_id=company, type="ping", data="{}", happened_at=at)
    outbox.keep(event, [row], at=at)
    return row.pk


def body_for(schema: dict[str, Any], ids: dict[str, Ids], *, name: str = "body") -> Any:
    """A value that fits `schema`: what must be there, with the caller's own ids."""
    schema = resolved(schema)
    if name in IN_BODIES and schema.get("type") == "string":
        return ids[IN_BODIES[name]].own
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return body_for(schema[choice][0], ids, name=name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        return {one: body_for(schema["properties"][one], ids, name=one) for one in schema.get("required", ())}
    if schema.get("type") == "array":
        return [body_for(schema["items"], ids, name=name.removesuffix("s"))]
    return _plain(schema, name)


def _plain(schema: dict[str, Any], name: str) -> Any:
    if schema.get("type") != "string":
        return {"integer": max(1, schema.get("minimum", 1)), "boolean": True}[schema["type"]]
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "format" in schema:
        return _BY_FORMAT[schema["format"]]
    pattern = schema.get("pattern", "")
    if pattern.startswith("^[^") or not pattern:
        return "x" * max(1, schema.get("minLength", 1))
    assert pattern in _BY_PATTERN, f"{name}: add an example of {pattern} to this module"
    return _BY_PATTERN[pattern]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` itself, or what it refers to."""
    if "$ref" in schema:
        found: dict[str, Any] = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def places(schema: dict[str, Any], ids: dict[str, Ids], *, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a body an id stands, as paths of keys and indices."""
    schema = resolved(schema)
    names = [one for one in at if isinstance(one, str)]
    if names and names[-1] in IN_BODIES and schema.get("type") == "string":
        yield at
        return
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from places(one, ids, at=at)
    if schema.get("type") == "array":
        yield from places(schema["items"], ids, at=(*at, 0))
    for name, about in schema.get("properties", {}).items():
        yield from places(about, ids, at=(*at, name))


def with_value(body: Any, at: tuple[Any, ...], value: str) -> Any:
    """A copy of `body` with `value` at this place, made where it is not there."""
    changed = copy.deepcopy(body)
    here = changed
    for key, following in itertools.pairwise(at):
        if isinstance(here, dict):
            here = here.setdefault(key, [] if following == 0 else {})
        else:
            if not here:
                here.append({})
            here = here[key]
    if isinstance(here, list):
        here[:] = [value]
    else:
        here[at[-1]] = value
    return changed

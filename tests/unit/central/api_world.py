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
from backend_bridge.central.customers.models import Customer, Membership
from backend_bridge.central.organisation.models import Branch
from tests.unit.central.api_neighbour import HOME, OTHER
from tests.unit.central.lab import BREAD, member

_BY_PATTERN: dict[str, Any] = {"^[A-Z]{3}$": "EUR"}
_BY_FORMAT = {"date": "2031-01-01", "date-time": "2031-01-01T00:00:00Z"}


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
    stranger = Customer.objects.create(
        id="f" * 31 + "1", programme_id="tapbon", username="stranger", created_at=timezone.now()
    )
    Membership.objects.create(customer=stranger, company_id=OTHER, since=timezone.now())
    foreign_branch = Branch.objects.filter(company=OTHER).values_list("pk", flat=True)[0]
    own_branch = Branch.objects.filter(company=HOME).values_list("pk", flat=True)[0]
    with transaction.atomic():
        hooks = [_webhook(company, number) for number, company in enumerate((HOME, OTHER))]
    return {
        "webhook": Ids(hooks[0], hooks[1], "0" * 32),
        "sequence": Ids("1", "998", "999"),
        "customer": Ids(member("anna"), stranger.pk, "0" * 32),
        "branch": Ids(own_branch, foreign_branch, "no-such-branch"),
        "pool": Ids(BREAD, "kaple-points", "no-such-pool"),
    }


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
    if name in ids and schema.get("type") != "array":
        return ids[name].own
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
    if name == "url":
        return "https://example.org/"
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
    if at and at[-1] in ids and schema.get("type") != "object":
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

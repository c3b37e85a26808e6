"""P6: no endpoint answers with, or acts on, what is another company's.

The endpoints are those of the description: one that is added later is tried too, and one that takes an id
of a kind that `api_world` does not know fails until it is there.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from backend_bridge.central.ledger.models import Cause
from tests.unit.central.api_neighbour import Neighbour, Reply, neighbour
from tests.unit.central.api_world import (
    IN_BODIES,
    PLAIN,
    Ids,
    Operation,
    body_for,
    operations,
    places,
    with_value,
    world,
)
from tests.unit.central.lab import Lab

_keys = itertools.count(1)
_HEXES = "^[0-9a-f]{"
#: Names of groups are a company's own words: another company's mean nothing here.
_NO_IDS = {"group"}


@pytest.fixture
def ids(lab: Lab) -> dict[str, Ids]:
    return world()


@pytest.fixture
def caller(ids: dict[str, Ids]) -> Neighbour:
    return neighbour(branch=ids["branch"].own)


def send(
    caller: Neighbour, one: Operation, ids: dict[str, Ids], *, body: Any = None, **instead: str
) -> tuple[Reply, str]:
    """The operation with the caller's own ids, but for those named in `instead`."""
    named = {name: known.own for name, known in ids.items()} | PLAIN | instead
    path = one.path
    for given in one.inputs:
        if given["in"] == "path":
            assert given["name"] in named, f"{one.name} takes {given['name']}: add that kind of id to api_world"
            path = path.replace("{" + given["name"] + "}", named[given["name"]])
    query = {
        given["name"]: named[given["name"]]
        for given in one.inputs
        if given["in"] == "query" and (given["name"] in instead or given["required"])
    }
    if body is None and one.schema:
        body = body_for(one.schema, ids)
    key = f"p6-{next(_keys)}" if one.needs_key() else ""
    reply = caller.send(one.method, path, body=body, key=key, query=query)
    return reply, json.dumps(reply.body)


@pytest.mark.parametrize("one", list(operations()), ids=lambda one: one.name)
def test_p6_another_companys_ids_are_as_if_they_were_not_there(
    caller: Neighbour, ids: dict[str, Ids], one: Operation
) -> None:
    causes = Cause.objects.count()
    for given in one.inputs:
        if given["in"] not in ("path", "query") or given["name"] not in ids:
            continue
        kind = ids[given["name"]]
        foreign, told = send(caller, one, ids, **{given["name"]: kind.foreign})
        nobodys, same = send(caller, one, ids, **{given["name"]: kind.nobodys})
        assert (foreign.status, told) == (nobodys.status, same)
        assert foreign.status == 404 if given["in"] == "path" else foreign.status in (200, 422)
    for place in places(one.schema, ids):
        kind = ids[IN_BODIES[next(name for name in reversed(place) if isinstance(name, str))]]
        body = body_for(one.schema, ids)
        foreign, told = send(caller, one, ids, body=with_value(body, place, kind.foreign))
        nobodys, same = send(caller, one, ids, body=with_value(body, place, kind.nobodys))
        assert (foreign.status, told) == (nobodys.status, same)
        assert foreign.status in (404, 422), place
    assert Cause.objects.count() == causes


@pytest.mark.parametrize("one", [one for one in operations() if one.method == "GET"], ids=lambda one: one.name)
def test_p6_what_is_shown_names_nothing_of_another_company(
    caller: Neighbour, ids: dict[str, Ids], one: Operation
) -> None:
    reply, told = send(caller, one, ids)

    assert reply.status == 200, reply
    for kind in ids.values():
        assert f'"{kind.foreign}"' not in told


def test_every_id_that_an_endpoint_takes_is_tried(ids: dict[str, Ids]) -> None:
    for one in operations():
        for given in one.inputs:
            pattern = str(given["schema"].get("pattern", ""))
            if given["in"] != "header" and given["name"] != "cursor" and pattern.startswith((_HEXES, "^[a-z0-9](?:")):
                assert given["name"] in ids or given["name"] in _NO_IDS, (one.name, given["name"])

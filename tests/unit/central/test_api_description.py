"""The description of the API: complete, for programs and for people."""

from __future__ import annotations

import re

from django.test import Client

from backend_bridge.central.api.scopes import SCOPES
from backend_bridge.central.api.urls import api, description
from tests.unit.central.lab import Lab


def test_v25_the_description_is_there_for_anybody(lab: Lab) -> None:
    answer = Client(HTTP_HOST="localhost").get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == description()
    assert answer.json()["openapi"] == "3.1.0"


def test_every_endpoint_is_described_with_its_scope_and_its_problems() -> None:
    described = {
        operation["operationId"]: operation for one in description()["paths"].values() for operation in one.values()
    }

    assert set(described) == {one.name for one in api.endpoints}
    assert len(described) == len(api.endpoints)
    for one in api.endpoints:
        operation = described[one.name]
        assert one.scope in SCOPES
        assert operation["security"] == [{"ApiKey": [one.scope]}]
        assert {"401", "403", "405", "422", "429", "500", "503"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            assert kinds == ({"application/problem+json"} if int(status) >= 400 else kinds & {"application/json"})
        assert len(operation["description"].split()) > 4


def test_the_page_for_people_shows_every_endpoint_and_loads_nothing(lab: Lab) -> None:
    answer = Client(HTTP_HOST="localhost").get("/api/v1/docs")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for one in api.endpoints:
        assert f'id="{one.name}"' in page
    assert not re.findall(r"<(?:script|link|img|iframe)|src=|url\(|https?://", page)
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))

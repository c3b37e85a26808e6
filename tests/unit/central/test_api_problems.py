"""Every answer of the API that is not what was asked for is a problem (RFC 9457), and none says too much."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from backend_bridge.central.api.urls import LARGEST_BODY, guarded
from tests.unit.central.api_neighbour import Neighbour, neighbour
from tests.unit.central.lab import Lab


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour()


@pytest.mark.parametrize("path", ["nowhere", "branches/", "branches/a/b/c", "../v2/branches", ""])
def test_what_is_nowhere_is_a_problem(caller: Neighbour, path: str) -> None:
    answer = caller.get(path)

    assert (answer.status, answer.problem) == (404, "not-found")


@pytest.mark.parametrize("path", ["/api/", "/api", "/api/v2/branches", "/api/v1"])
def test_what_is_outside_of_this_version_is_one_too(lab: Lab, path: str) -> None:
    answer = Client(HTTP_HOST="localhost").get(path, follow=True)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_a_method_that_cannot_be_used_names_those_that_can(caller: Neighbour, method: str) -> None:
    answer = caller.send(method, "branches")

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_parameter_that_is_not_known_is_named_as_a_rule(caller: Neighbour) -> None:
    assert caller.get("branches", as_off="2026").broken == {("query", "unknown_parameter")}


@pytest.mark.parametrize(
    ("query", "broken"),
    [
        ({"limit": 0}, {("query.limit", "greater_than_equal")}),
        ({"limit": 201}, {("query.limit", "less_than_equal")}),
        ({"limit": "1_0"}, {("query.limit", "int_parsing")}),
        ({"limit": "9" * 5000}, {("query.limit", "int_parsing")}),
        ({"cursor": "?"}, {("query.cursor", "string_pattern_mismatch")}),
        ({"cursor": "QUJD", "limit": 7}, {("query.cursor", "cursor")}),
    ],
)
def test_v25_a_bad_request_names_the_field_and_the_rule(
    caller: Neighbour, query: dict[str, Any], broken: set[tuple[str, str]]
) -> None:
    answer = caller.get("branches", **query)

    assert answer.broken == broken
    assert all(one["message"] for one in answer.body["errors"])


def test_what_was_sent_is_not_repeated(caller: Neighbour) -> None:
    answer = caller.get("branches", limit="anna@example.org")

    assert "anna" not in str(answer.body)


def test_a_mistake_of_ours_tells_no_internals_and_logs_no_values(caplog: pytest.LogCaptureFixture) -> None:
    told = " ".join(["anna", "is", "not", "in", "customers_customer"])

    def broken(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError(told)

    with caplog.at_level(logging.ERROR):
        answer = guarded(broken)(RequestFactory().get("/api/v1/x"))

    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 500
    assert b"anna" not in answer.content
    assert b"customers_customer" not in answer.content
    assert "anna" not in caplog.text
    assert "RuntimeError" in caplog.text
    [record] = caplog.records
    assert record.getMessage()[:16].encode() in answer.content


def test_a_database_that_is_busy_says_when_to_come_again() -> None:
    def busy(_request: HttpRequest) -> HttpResponse:
        raise OperationalError("database is locked")

    answer = guarded(busy)(RequestFactory().get("/api/v1/x"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_body_without_an_end_is_not_read() -> None:
    def never(_request: HttpRequest) -> HttpResponse:
        raise AssertionError("not reached")

    make = RequestFactory().post
    chunked = guarded(never)(make("/api/v1/x", headers={"Transfer-Encoding": "chunked"}))
    assert chunked.status_code == 411
    large = guarded(never)(make("/api/v1/x", b"x" * (LARGEST_BODY + 1), content_type="application/json"))
    assert large.status_code == 413
    form = guarded(never)(make("/api/v1/x", {"a": "b"}))
    assert form.status_code == 415

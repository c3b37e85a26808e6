"""A neighbour's system: a key, and requests with it."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import msgspec
from django.test import Client
from django.utils import timezone

from backend_bridge.central.api import keys
from backend_bridge.central.api.scopes import SCOPES

HOME, OTHER = "de-molen", "cocktailbar-zuid"
_numbers = itertools.count(1)


class Reply(msgspec.Struct, frozen=True):
    """What came back; `body` is the JSON, or None."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def problem(self) -> str:
        """The name of the problem's kind."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        assert self.body["status"] == self.status
        return str(self.body["type"].removeprefix("urn:tapbon:problem:"))

    @property
    def broken(self) -> set[tuple[str, str]]:
        """The fields and rules that a 422 names."""
        assert self.problem == "invalid", self
        return {(one["field"], one["rule"]) for one in self.body["errors"]}


class Neighbour:
    """Requests with one key."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._client = Client(HTTP_HOST="localhost", raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Reply:
        """GET `/api/v1/<path>`."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Reply:
        """POST JSON, with a new idempotency key unless one is given (empty: none)."""
        return self.send("POST", path, body=body, key=f"k-{next(_numbers)}" if key is None else key, query=query)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        key: str = "",
        query: dict[str, Any] | None = None,
        raw: bytes | None = None,
        kind: str = "application/json",
    ) -> Reply:
        """Any request; `raw` instead of JSON."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        answer = self._client.generic(
            method, f"/api/v1/{path}", data, content_type=kind, headers=headers, query_params=query
        )
        text = answer.content.decode()
        return Reply(answer.status_code, json.loads(text) if text else None, dict(answer.headers))


def token(
    company: str = HOME,
    *,
    scopes: list[str] | None = None,
    client: str = "till",
    channel: str = "terminal",
    branch: str | None = None,
    expires_at: dt.datetime | None = None,
    per_second: int = 50,
) -> str:
    """A new key of `company`, with every scope unless told otherwise."""
    made = keys.create(
        company=company,
        client=client,
        scopes=list(SCOPES) if scopes is None else scopes,
        channel=channel,
        branch=branch,
        expires_at=expires_at,
        per_second=per_second,
        at=timezone.now(),
    )
    return made.token


def neighbour(company: str = HOME, **about: Any) -> Neighbour:
    """A neighbour of `company` with a new key, whom no limit stops."""
    return Neighbour(token(company, **{"per_second": 10_000} | about))

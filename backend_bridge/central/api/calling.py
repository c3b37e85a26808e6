"""Who calls: the API key of a request, and what it may do here."""

from __future__ import annotations

import datetime as dt
import math
import time

import msgspec
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from backend_bridge.central.api import keys
from backend_bridge.central.api.limits import RateLimiter
from backend_bridge.central.api.problems import ProblemError, missing_scope
from backend_bridge.central.organisation.models import Company

limiter = RateLimiter()


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A neighbour's system, acting for one company."""

    key: str
    company: Company
    client: str
    scopes: frozenset[str]
    channel: str
    #: The branch that is meant where a request names none.
    branch: str | None

    @property
    def by(self) -> str:
        """How the books name who did it."""
        return f"api:{self.client}"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a caller. `cause` is the key of what it moves; empty where nothing moves."""

    caller: Caller
    at: dt.datetime
    cause: str = ""

    @property
    def company(self) -> str:
        """The id of the company that everything is bound to."""
        return self.caller.company.pk


class ApiRequest(HttpRequest):
    """A request whose key was accepted."""

    auth: Caller


class BearerKey(HttpBearer):
    """`Authorization: Bearer <API key>`, which needs `scope`."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, or None for no valid key. Raises `ProblemError` (too often, missing scope)."""
        at = timezone.now()
        row = keys.find(token, at=at)
        if row is None:
            return None
        wait = limiter.wait_s(row.pk, per_second=row.per_second, now_s=time.monotonic())
        if wait:
            headers = {"Retry-After": str(math.ceil(wait))}
            raise ProblemError("too-many-requests", "Wait as long as Retry-After says.", headers=headers)
        keys.note_use(row, at=at)
        if self.scope not in row.scopes:
            raise missing_scope(self.scope)
        return Caller(
            key=row.pk,
            company=row.company,
            client=row.client,
            scopes=frozenset(row.scopes),
            channel=row.channel,
            branch=row.branch_id,
        )

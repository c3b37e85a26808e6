"""Every answer that is not what was asked for: `application/problem+json` of RFC 9457.

A problem's `type` is a URN whose last part is its name; names are listed in `KINDS` and stay as they
are for as long as `/api/v1` does. A problem never says whether something exists that the caller may
not see, and never repeats what was sent.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
URN = "urn:tapbon:problem:"


class Kind(msgspec.Struct, frozen=True):
    """One kind of problem: its status and what people read."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "malformed-json": Kind(400, "The body is not JSON"),
    "malformed-request": Kind(400, "The request cannot be read"),
    "no-key": Kind(401, "A valid API key is needed"),
    "missing-scope": Kind(403, "The API key may not do this"),
    "not-found": Kind(404, "There is nothing here"),
    "method-not-allowed": Kind(405, "The method cannot be used here"),
    "conflict": Kind(409, "It cannot be done as things stand"),
    "still-running": Kind(409, "The same request is being worked on"),
    "key-used-otherwise": Kind(409, "The idempotency key was used for another request"),
    "length-required": Kind(411, "A body needs a Content-Length"),
    "too-large": Kind(413, "The body is too large"),
    "unsupported-media-type": Kind(415, "The body has to be application/json"),
    "invalid": Kind(422, "Something in the request breaks a rule"),
    "too-many-requests": Kind(429, "Too many requests with this key"),
    "internal": Kind(500, "We made a mistake"),
    "unavailable": Kind(503, "The books are busy"),
}


class Broken(BaseModel):
    """One rule that the request breaks, and where."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(description="Where: `body.lines.0.quantity`, `query.limit`, `header.Idempotency-Key` …")
    rule: str = Field(description="Which rule, as a word that does not change: `missing`, `greater_than`, `unknown` …")
    message: str = Field(description="What is wrong, for people.")


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="`urn:tapbon:problem:` and the name of the kind of problem.")
    title: str = Field(description="The kind of problem, for people.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong here, for people.")
    reason: str | None = Field(default=None, description="Why it is refused, as a word that does not change.")
    reference: str | None = Field(default=None, description="What to tell the operator about our own mistake.")


class Problem(_Told):
    """What went wrong (RFC 9457)."""

    errors: list[Broken] | None = Field(default=None, description="The rules that were broken, where there are such.")


class Invalid(_Told):
    """A request that breaks rules: which, and where."""

    errors: list[Broken] = Field(min_length=1, description="Every rule that was broken.")


class ProblemError(Exception):
    """A request is refused; `headers` go with the answer."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        reason: str | None = None,
        errors: list[Broken] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail
        self.reason = reason
        self.errors = errors
        self.headers = headers or {}


def missing_scope(scope: str) -> ProblemError:
    """The key may not do this."""
    return ProblemError("missing-scope", f"This needs a key with the scope {scope}.", reason=scope)


def not_found(what: str) -> ProblemError:
    """There is no `what` of this company: the same answer whether another company has it or nobody."""
    return ProblemError("not-found", f"There is no such {what}.")


def conflict(detail: str, *, reason: str, errors: list[Broken] | None = None) -> ProblemError:
    """The books do not allow it at this moment; `reason` is a word that programs can tell apart."""
    return ProblemError("conflict", detail, reason=reason, errors=errors)


def invalid(*errors: Broken) -> ProblemError:
    """The request breaks rules."""
    told = "1 rule is broken." if len(errors) == 1 else f"{len(errors)} rules are broken."
    return ProblemError("invalid", told, errors=list(errors))


def broken(field: str, rule: str, message: str) -> ProblemError:
    """The request breaks this one rule."""
    return invalid(Broken(field=field, rule=rule, message=message))


def response(error: ProblemError, *, reference: str | None = None) -> HttpResponse:
    """The answer for `error`."""
    kind = KINDS[error.kind]
    body = Problem(
        type=URN + error.kind,
        title=kind.title,
        status=kind.status,
        detail=error.detail,
        reason=error.reason,
        reference=reference,
        errors=error.errors,
    )
    headers: dict[str, Any] = {**error.headers, "Cache-Control": "no-store"}
    return HttpResponse(
        body.model_dump_json(exclude_none=True), status=kind.status, content_type=MEDIA_TYPE, headers=headers
    )

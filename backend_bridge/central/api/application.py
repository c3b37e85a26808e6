"""The API as one application: its sections, and what becomes of every error.

Whatever goes wrong is a problem (`problems`), also where the framework or Django would answer with a
page. Our own mistakes are logged by a reference that the answer carries too, without what was asked:
messages of errors can quote personal data.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from backend_bridge.central.api import problems, refusals
from backend_bridge.central.api.description import described
from backend_bridge.central.api.endpoint import Endpoint, Section
from backend_bridge.central.api.problems import Broken, ProblemError
from backend_bridge.central.errors import BooksError, KeyUsedOtherwise, LostRace, Overdrawn

log = logging.getLogger(__name__)

VERSION = "1"
_TOP = 12


class StrictParser(Parser):
    """Reads bodies as JSON and nothing else: no NaN, no numbers without end, no bottomless nesting."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The body; raises `ProblemError`."""
        try:
            return msgspec.json.decode(request.body)  # type: ignore[no-any-return]
        except (ValueError, RecursionError):
            raise ProblemError("malformed-json", "The body cannot be read as JSON.") from None


class Api(NinjaAPI):
    """The framework's API, described as it answers."""

    def __init__(self, sections: list[Section]) -> None:
        super().__init__(
            title="Tapbon",
            version=VERSION,
            description="Points, vouchers and customers of one company of the programme, for its other systems.",
            urls_namespace="api",
            openapi_url=None,
            docs_url=None,
            parser=StrictParser(),
        )
        self.sections = sections
        for section in sections:
            self.add_router("", section.router)
        for kind in (Exception, Http404, HttpError, ValidationError):
            self.add_exception_handler(kind, problem_of)

    @property
    def endpoints(self) -> list[Endpoint]:
        """Every endpoint of every section."""
        return [one for section in self.sections for one in section.endpoints]

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description."""
        made = described(self.get_openapi_schema(path_prefix="/api/v1/"), self.sections)
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))
        return plain

    def on_exception(self, request: HttpRequest, exc: Exception | type[Exception]) -> HttpResponse:
        """Every error is a problem: a `ProblemError` is one already, where the framework wraps it too."""
        if isinstance(exc, HttpError) and isinstance(exc.__cause__, ProblemError):
            exc = exc.__cause__
        return problem_of(request, exc)


def problem_of(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The answer for an error that nobody expected less, or more."""
    if isinstance(error, ValidationError):
        return problems.response(problems.invalid(*map(_broken, error.errors)))
    refused = refusals.problem(request, error)
    if refused is not None:
        return problems.response(refused)
    for kind, told in _KNOWN.items():
        if isinstance(error, kind):
            return problems.response(told(error))
    reference = secrets.token_hex(8)
    where = "".join(traceback.format_tb(getattr(error, "__traceback__", None))[-_TOP:])
    log.error("%s: %s\n%s", reference, type(error).__name__, where)
    told = "It was written down. Nothing was done."
    return problems.response(ProblemError("internal", told), reference=reference)


def _itself(error: Any) -> ProblemError:
    return error  # type: ignore[no-any-return]


def _no_key(_error: Any) -> ProblemError:
    told = "Send a valid key in Authorization: Bearer."
    return ProblemError("no-key", told, headers={"WWW-Authenticate": 'Bearer realm="tapbon"'})


def _busy(_error: Any) -> ProblemError:
    return ProblemError("unavailable", "Nothing was done. Ask again.", headers={"Retry-After": "1"})


#: What is known to happen, the special before the general.
_KNOWN: dict[type[Exception], Any] = {
    ProblemError: _itself,
    AuthenticationError: _no_key,
    Http404: lambda _error: problems.not_found("page"),
    RequestDataTooBig: lambda _error: ProblemError("too-large", "The body is larger than is read here."),
    SuspiciousOperation: lambda _error: ProblemError("malformed-request", "The request cannot be read."),
    KeyUsedOtherwise: lambda _error: ProblemError("key-used-otherwise", "Take a new Idempotency-Key."),
    Overdrawn: lambda _error: problems.conflict("There is not so much to spend.", reason="not-enough"),
    BooksError: lambda _error: problems.conflict("The books do not allow it.", reason="books"),
    LostRace: _busy,
    OperationalError: _busy,
}


def _broken(error: dict[str, Any]) -> Broken:
    """One finding of the validation, without the value that was sent."""
    place = [str(part) for part in error["loc"]]
    # The framework names the argument that a body becomes; its sender knows nothing of that.
    if place[0] == "body" and len(place) > 1:
        del place[1]
    return Broken(field=".".join(place), rule=str(error["type"]), message=str(error["msg"]))

"""Where the API is: `/api/v1/…`, its description and its page. What is nowhere is a problem too."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path, re_path
from django.urls.resolvers import RoutePattern
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from backend_bridge.central.api import problems
from backend_bridge.central.api.application import Api, problem_of
from backend_bridge.central.api.page import page
from backend_bridge.central.api.problems import ProblemError
from backend_bridge.central.api.sections import SECTIONS

#: The largest body: 2,000 lines of a receipt fit.
LARGEST_BODY = 512 * 1024
api = Api(SECTIONS)

View = Callable[..., HttpResponseBase]


@functools.cache
def description() -> dict[str, Any]:
    """The OpenAPI description; it stays the same while the process runs."""
    return api.openapi()


@require_safe
def show_description(_request: HttpRequest) -> JsonResponse:
    """`/api/v1/openapi.json`, for anybody: it says nothing about anybody."""
    return JsonResponse(description())


@require_safe
def show_page(_request: HttpRequest) -> HttpResponse:
    """`/api/v1/docs`: the same for people."""
    return HttpResponse(page(description()))


def nowhere(_request: HttpRequest, **_parts: str) -> HttpResponse:
    """What no endpoint answers."""
    return problems.response(problems.not_found("address"))


def guarded(view: View) -> View:
    """`view`, which gets only what can be read, and whose every answer is one of the API's."""

    @csrf_exempt
    @functools.wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _check_body(request)
            answer = view(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  (the last stop before Django's own pages)
            return problem_of(request, error)
        if answer.status_code == 405 and answer.headers.get("Content-Type") != problems.MEDIA_TYPE:
            allow = answer.headers.get("Allow", "")
            return problems.response(ProblemError("method-not-allowed", f"Use {allow}.", headers={"Allow": allow}))
        return answer

    return guard


def _check_body(request: HttpRequest) -> None:
    """Raises `ProblemError` for a body that is too long, of unknown length, or no JSON by its own account."""
    if request.headers.get("Transfer-Encoding"):
        raise ProblemError("length-required", "Send the body with its Content-Length.")
    told = request.headers.get("Content-Length") or "0"
    length = int(told) if told.isascii() and told.isdigit() else 0
    if length > LARGEST_BODY:
        raise ProblemError("too-large", f"A body has at most {LARGEST_BODY} bytes.")
    if length and request.content_type != "application/json":
        raise ProblemError("unsupported-media-type", "Send the body as application/json.")


def _guarded(patterns: Sequence[Any]) -> list[URLPattern]:
    """The framework's patterns, each once, without its own pages."""
    seen: dict[str, URLPattern] = {}
    for one in patterns:
        if isinstance(one.pattern, RoutePattern) and one.name != "api-root":
            route = str(one.pattern)
            seen.setdefault(route, path(f"v1/{route}", guarded(one.callback), name=one.name))
    return list(seen.values())


urlpatterns = [
    path("v1/openapi.json", show_description, name="api-description"),
    path("v1/docs", show_page, name="api-page"),
    *_guarded(api.urls[0]),
    re_path(r"^.*$", guarded(nowhere)),
]

"""Who may talk to the workbench, and how much: two ASGI layers in front of the routes.

Decides by host, origin, address and size. Being bound to loopback is not enough: every page that the
same person has open in the browser reaches loopback too, by a form, a script, or a host name that
was made to point there (DNS rebinding). Knows no route but `/api/` and `/api/camera`.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hw_sim.workbench.problems import Problem, Stranger, TooLarge, shortened

MAX_IMAGE_BYTES = 10_000_000
MAX_BODY_BYTES = 64 * 1024
# What is too large is still read to its end, up to this: a client that is cut off while it sends never
# gets to read why.
_DRAIN_BYTES = 64 * 1024 * 1024

_SAFE_METHODS = frozenset({"GET", "HEAD"})
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class OnlyLoopback:
    """Lets through what comes from this machine, asks for this machine, and was not sent by another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            _check(scope)
        except Stranger as refusal:
            await _refuse(refusal, scope=scope, receive=receive, send=send_guarded)
            return
        await self._app(scope, receive, send_guarded)


class BodyLimit:
    """Reads a body before the routes see it, and refuses one that is too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        limit = MAX_IMAGE_BYTES if scope["path"] == "/api/camera" else MAX_BODY_BYTES
        try:
            body = await _read(receive, limit=limit)
        except TooLarge as refusal:
            await _refuse(refusal, scope=scope, receive=receive, send=send)
            return
        if body is None:
            return
        pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self._app(scope, replay, send)


def _check(scope: Scope) -> None:
    """Raises `Stranger` with what is wrong."""
    headers = Headers(scope=scope)
    client = scope.get("client")
    if client is not None and not _is_loopback(client[0]):
        raise Stranger("The workbench answers this machine only.")
    hosts = headers.getlist("host")
    host = hosts[0].casefold() if len(hosts) == 1 else ""
    if not _is_loopback(_host_name(host)):
        raise Stranger(f"The workbench is at 127.0.0.1 or localhost, not at {shortened(', '.join(hosts))!r}.")
    site = headers.get("sec-fetch-site", "none")
    if site == "cross-site" and scope["path"].startswith("/api/"):
        raise Stranger("Another site may not use the workbench.")
    if scope["method"] in _SAFE_METHODS:
        return
    origin = headers.get("origin")
    if origin is None and site not in ("none", "same-origin"):
        raise Stranger("Another site may not change anything here.")
    if origin is not None and origin.casefold() != f"http://{host}":
        raise Stranger(f"A page of {shortened(origin)!r} may not change anything here.")


def _host_name(host: str) -> str:
    """The name in a Host header without its port; empty for a malformed one."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - raises for a malformed port
    except ValueError:
        return ""
    whole = parts.netloc == host and parts.username is None
    return parts.hostname or "" if whole else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _read(receive: Receive, *, limit: int) -> bytes | None:
    """The whole body; None when the client has left. Raises `TooLarge`."""
    kept = bytearray()
    seen = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        seen += len(piece)
        if seen <= limit:
            kept += piece
        if not message.get("more_body", False) or seen > _DRAIN_BYTES:
            break
    if seen > limit:
        raise TooLarge(f"At most {limit:,} bytes are taken here.")
    return bytes(kept)


async def _refuse(problem: Problem, *, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"connection": "close"}
    answer = JSONResponse(
        problem.as_json(), status_code=problem.status, headers=headers, media_type="application/problem+json"
    )
    await answer(scope, receive, send)

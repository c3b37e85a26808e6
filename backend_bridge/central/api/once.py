"""What a request does, it does once: its answer is kept under its idempotency key.

The answer is written in the transaction in which it was done, so that there is never one without the
other. A request that comes again while the first is at work waits for it in the database, at the
unique key. What is refused is not kept: nothing was done, and the next try is judged anew.

A key belongs to a company and to the name of a neighbour's system (`Caller.client`), not to an API key:
who repeats a request after the API key was exchanged must not have it done twice.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable

import msgspec
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse

from backend_bridge.central.api.calling import Call, Caller
from backend_bridge.central.api.models import GivenAnswer
from backend_bridge.central.api.problems import ProblemError, conflict

REPLAYED = "Idempotent-Replayed"
#: How long a repeated request waits for the first one.
PATIENCE_MS = 5000
#: After a deadlock the database has undone everything: it is done again, so often.
TRIES = 5
_LOCK_TIMEOUT = "55P03"
_COLLISIONS = ("40001", "40P01")


class Answer(msgspec.Struct, frozen=True):
    """A status and a JSON text; `replayed` where it was given before."""

    status: int
    body: str
    replayed: bool = False


def cause_of(caller: Caller, key: str) -> str:
    """The key under which the books know what this request does."""
    digest = hashlib.sha256(f"{caller.client}\0{key}".encode()).hexdigest()[:32]
    return f"api/{caller.company.pk}/{digest}"


def give(request: HttpRequest, call: Call, key: str | None, act: Callable[[], Answer], *, kept: bool = True) -> Answer:
    """The answer of `act`, or the one that was given to the same request before; `act` is in one transaction.

    An answer that is not `kept` is given once; after that the request is a conflict.

    Raises `ProblemError` for a key that was used for another request, and where the first request is still
    at work after `PATIENCE_MS`.
    """
    fingerprint = _fingerprint(request)
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                _wait_at_most(PATIENCE_MS)
                return act() if key is None else _keyed(call, key, fingerprint, act, kept=kept)
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if state == _LOCK_TIMEOUT:
                told = "Ask again with the same key."
                raise ProblemError("still-running", told, headers={"Retry-After": "1"}) from error
            if state not in _COLLISIONS or attempt == TRIES:
                raise
        time.sleep(0.005 * 2**attempt)
    raise AssertionError("the loop ends with an answer or an error")


def response(answer: Answer) -> HttpResponse:
    """`answer` over HTTP."""
    headers = {"Cache-Control": "no-store"}
    if answer.replayed:
        headers[REPLAYED] = "true"
    kind = None if answer.status == 204 else "application/json"
    made = HttpResponse(answer.body, status=answer.status, content_type=kind, headers=headers)
    if kind is None:
        del made.headers["Content-Type"]
    return made


def _keyed(call: Call, key: str, fingerprint: str, act: Callable[[], Answer], *, kept: bool) -> Answer:
    row, made = _reserve(call, key, fingerprint)
    if not made:
        given = _again(row, fingerprint)
        if not kept:
            raise conflict("It was done. The answer held a secret, and is not kept.", reason="answered-before")
        return given
    answer = act()
    GivenAnswer.objects.filter(pk=row.pk).update(status=answer.status, body=answer.body if kept else "")
    return answer


def _reserve(call: Call, key: str, fingerprint: str) -> tuple[GivenAnswer, bool]:
    """The row of this key, and whether it was made just now; waits for whoever is making it."""
    whose = {"company": call.caller.company, "client": call.caller.client, "key": key}
    known = GivenAnswer.objects.filter(**whose).first()
    if known is not None:
        return known, False
    row = GivenAnswer(**whose, fingerprint=fingerprint, status=0, body="", at=call.at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return GivenAnswer.objects.get(**whose), False
    return row, True


def _again(row: GivenAnswer, fingerprint: str) -> Answer:
    if row.fingerprint != fingerprint:
        raise ProblemError("key-used-otherwise", "Take a new Idempotency-Key for each new request.")
    return Answer(row.status, row.body, replayed=True)


def _fingerprint(request: HttpRequest) -> str:
    """The same for the same request. Keyed: a body may hold a PIN, which a plain hash would give away to whoever
    reads the table and tries them all."""
    said = "\0".join([request.method or "", request.path, request.META.get("QUERY_STRING", "")])
    return hmac.new(settings.SECRET_KEY.encode(), said.encode() + b"\0" + request.body, hashlib.sha256).hexdigest()


def _wait_at_most(patience_ms: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {patience_ms:d}")

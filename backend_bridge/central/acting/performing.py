"""Performing an act: once for its key, whole or not at all, again where others were in the way."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec
from django.db import IntegrityError, OperationalError, connection, transaction

from backend_bridge.central.acting.collisions import Means, meaning
from backend_bridge.central.acting.handler import Handler
from backend_bridge.central.acting.ready import make_types_ready
from backend_bridge.central.acting.table import acts_by_tag, handlers, tag_of
from backend_bridge.central.errors import BooksError, CentralError, KeyUsedOtherwise, LostRace
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.clock import by_clock, zone_now
from loyalty.acts.clocked import Clocked

_TRIES = 8
#: A row that has to be unique and is not, so often in a row, is no coincidence.
_REFUSALS = 3
_LONGEST_KEY = 140
_performing: ContextVar[str | None] = ContextVar("performing", default=None)


class Done(msgspec.Struct, frozen=True):
    """What came of an act. `repeated`: it was performed before, and this is the answer of that time."""

    act: Any
    result: Any
    repeated: bool
    cause: str


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, however often it has to be tried."""

    decide: Callable[[Posting], msgspec.Struct]
    key: str
    company: str | None
    by: str
    at: dt.datetime
    happened_at: dt.datetime | None


def perform(
    act: msgspec.Struct,
    *,
    key: str,
    company: str | None,
    by: str,
    at: dt.datetime,
    happened_at: dt.datetime | None = None,
) -> Done:
    """Perform `act` under `key`.

    Raises `KeyUsedOtherwise` where the key belongs to another act or company, `BooksError` and whatever the
    act's handler raises (nothing is written then), and `LostRace` after too many collisions with others.
    Inside a caller's transaction, whether everything that the act names is there turns out when that commits.
    """
    done = judge(lambda _posting: act, key=key, company=company, by=by, at=at, happened_at=happened_at)
    if done.repeated and _encode(done.act) != _encode(_as_asked(act)):
        raise KeyUsedOtherwise(f"the key {key} was used for something else before")
    return done


def judge(
    decide: Callable[[Posting], msgspec.Struct],
    *,
    key: str,
    company: str | None,
    by: str,
    at: dt.datetime,
    happened_at: dt.datetime | None = None,
) -> Done:
    """The same with an act that `decide` makes from the books, which stay locked until it is posted.

    `decide` is not asked again where the key was used before; whether that was for the same request is
    for the caller to know. It may be asked several times where others are in the way: it must only read.
    What it refuses because the very same request got through meanwhile is no refusal: the answer is that one's.
    """
    if not 0 < len(key) <= _LONGEST_KEY:
        raise ValueError(f"a cause's key has 1 to {_LONGEST_KEY} characters")
    make_types_ready()
    request = _Request(decide=decide, key=key, company=company, by=by, at=at, happened_at=happened_at)
    inside = connection.in_atomic_block
    for attempt in range(1, _TRIES + 1):
        try:
            with _one_at_a_time(key), transaction.atomic():
                return _known(request) or _post(request)
        except Exception as error:
            means = meaning(error)
            # A deadlock or a lost connection ends the whole transaction: only its owner can repeat it.
            if inside and isinstance(error, OperationalError):
                raise
            if not _tries_again(error, means, attempt):
                if means is not Means.AWAY and (done := _known(request)):
                    return done
                if (told := _told(error, means)) is not None:
                    raise told from error
                raise
        # Not all at the same moment again.
        time.sleep(0.002 * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 - no secret
    raise AssertionError("the last try ends with an answer or an error")


def _tries_again(error: Exception, means: Means, attempt: int) -> bool:
    most = _REFUSALS if isinstance(error, IntegrityError) else _TRIES
    return means in (Means.COLLISION, Means.AWAY) and attempt < most


def _told(error: Exception, means: Means) -> CentralError | None:
    """What is raised in the place of `error`; None: that itself."""
    if isinstance(error, IntegrityError):
        # Further lines of it name values, which are nobody's business.
        return BooksError(f"the database refuses a posting: {str(error).splitlines()[0]}")
    if means is Means.COLLISION:
        return LostRace(f"others were in the way {_TRIES} times; nothing was done")
    if means is Means.KEPT:
        return LostRace("others kept for too long what this act needs; nothing was done")
    return None


@contextmanager
def _one_at_a_time(key: str) -> Iterator[None]:
    """Raises `RuntimeError` for an act within an act: it would be posted before the one that it is a part of,
    from books in which that one has not moved anything yet, and a replay would post it twice."""
    if (outer := _performing.get()) is not None:
        raise RuntimeError(f"the act {key} is performed inside the act {outer}; it should be a part of it")
    token = _performing.set(key)
    try:
        yield
    finally:
        _performing.reset(token)


def _post(request: _Request) -> Done:
    book = Book(at=request.at)
    with book.cause(
        key=request.key, kind="", company=request.company, by=request.by, happened_at=request.happened_at
    ) as posting:
        act = _clocked(request.decide(posting), request.company)
        posting.set_payload(kind=tag_of(type(act)), payload=_encode(act).decode())
        with by_clock(act.zone if isinstance(act, Clocked) else ""):
            result = _handler(type(act)).post(act, posting)
        posting.set_result(msgspec.json.encode(result).decode())
    book.close()
    return Done(act, result, False, request.key)


def _known(request: _Request) -> Done | None:
    """The answer that was given under this key before, if there is one. Raises `KeyUsedOtherwise`."""
    known = Cause.objects.filter(key=request.key).first()
    if known is None:
        return None
    act_type = acts_by_tag().get(known.kind)
    if act_type is None or known.company_id != request.company:
        raise KeyUsedOtherwise(f"the key {known.key} was used for something else before")
    act = _as_asked(msgspec.json.decode(known.payload, type=act_type))
    result = msgspec.json.decode(known.result, type=_handler(act_type).result)
    return Done(act, result, True, known.key)


def _clocked(act: msgspec.Struct, company: str | None) -> msgspec.Struct:
    """The act with the zone in which it is dated, which a replay finds there."""
    if not isinstance(act, Clocked) or act.zone or company is None:
        return act
    return msgspec.structs.replace(act, zone=zone_now(company))


def _as_asked(act: msgspec.Struct) -> msgspec.Struct:
    """The act without what performing it added: the same is asked for whatever is set up meanwhile."""
    return msgspec.structs.replace(act, zone="") if isinstance(act, Clocked) else act


def _handler(act_type: type[msgspec.Struct]) -> Handler[Any]:
    handler = handlers().get(act_type)
    if handler is None:
        raise TypeError(f"nothing posts {act_type.__name__}: it has no line in acting.table")
    return handler


def _encode(act: msgspec.Struct) -> bytes:
    return msgspec.json.encode(act, order="deterministic")

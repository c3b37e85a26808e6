"""Performing an act: once for its key, whole or not at all, again where others were in the way."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import OperationalError, connection, transaction

from backend_bridge.central.acting.handler import Handler
from backend_bridge.central.acting.table import acts_by_tag, handlers, tag_of
from backend_bridge.central.errors import KeyUsedOtherwise, LostRace
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.ledger.posting import Posting

_TRIES = 8
_LONGEST_KEY = 140


class Done(msgspec.Struct, frozen=True):
    """What came of an act. `repeated`: it was performed before, and this is the answer of that time."""

    act: Any
    result: Any
    repeated: bool
    cause: str


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

    Raises `KeyUsedOtherwise` where the key belongs to another act, `BooksError` and whatever the act's
    handler raises (nothing is written then), and `LostRace` after too many collisions with others.
    """
    done = judge(lambda _posting: act, key=key, company=company, by=by, at=at, happened_at=happened_at)
    if done.repeated and _encode(done.act) != _encode(act):
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
    """
    if not 0 < len(key) <= _LONGEST_KEY:
        raise ValueError(f"a cause's key has 1 to {_LONGEST_KEY} characters")
    inside = connection.in_atomic_block
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                known = Cause.objects.filter(key=key).first()
                if known is not None:
                    return _again(known)
                return _post(decide, key=key, company=company, by=by, at=at, happened_at=happened_at)
        except LostRace:
            pass
        except OperationalError:
            # A deadlock ends the whole transaction: inside another one only its owner can repeat it.
            if inside:
                raise
        time.sleep(0.002 * 2**attempt)
    raise LostRace(f"others were in the way {_TRIES} times; nothing was done")


def _post(
    decide: Callable[[Posting], msgspec.Struct],
    *,
    key: str,
    company: str | None,
    by: str,
    at: dt.datetime,
    happened_at: dt.datetime | None,
) -> Done:
    book = Book(at=at)
    with book.cause(key=key, kind="", company=company, by=by, happened_at=happened_at) as posting:
        act = decide(posting)
        posting.set_payload(kind=tag_of(type(act)), payload=_encode(act).decode())
        result = _handler(type(act)).post(act, posting)
        posting.set_result(msgspec.json.encode(result).decode())
    book.close()
    return Done(act, result, False, key)


def _again(known: Cause) -> Done:
    act_type = acts_by_tag().get(known.kind)
    if act_type is None:
        raise KeyUsedOtherwise(f"the key {known.key} was used for something else before")
    act = msgspec.json.decode(known.payload, type=act_type)
    result = msgspec.json.decode(known.result, type=_handler(act_type).result)
    return Done(act, result, True, known.key)


def _handler(act_type: type[msgspec.Struct]) -> Handler[Any]:
    handler = handlers().get(act_type)
    if handler is None:
        raise TypeError(f"nothing posts {act_type.__name__}: it has no line in acting.table")
    return handler


def _encode(act: msgspec.Struct) -> bytes:
    return msgspec.json.encode(act, order="deterministic")

"""Making the types of acts, answers and rules ready before several threads use them.

msgspec 0.22 prepares a type of struct when it is first decoded, and a second thread that comes upon a
half-prepared one crashes the process. So everything is prepared once, by one thread, before the first act.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from backend_bridge.central.acting.table import handlers

_lock = threading.Lock()
_done = threading.Event()


def make_types_ready() -> None:
    """Prepare every type of struct that this process knows. Harmless to repeat, and then nearly free.

    A process that decodes in several threads before its first act calls it when it starts.
    """
    if _done.is_set():
        return
    with _lock:
        if not _done.is_set():
            handlers()  # this imports whatever acts are made of
            for struct in set(_kinds_of(msgspec.Struct)):
                with suppress(TypeError, NameError):  # a type that no message can carry is never decoded
                    msgspec.msgpack.Decoder(struct)
            _done.set()


def _kinds_of(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for kind in struct.__subclasses__():
        yield kind
        yield from _kinds_of(kind)

"""Somebody who is told that others were in the way, and comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from backend_bridge.central.acting.collisions import Means, meaning

AnyResult = TypeVar("AnyResult")
_TRIES = 50


def insist(call: Callable[[], AnyResult]) -> AnyResult:
    """What `call` gives. How often others win a race is a matter of the machine; that somebody wins it is not."""
    for _attempt in range(_TRIES):
        try:
            return call()
        except Exception as error:
            if meaning(error) not in (Means.COLLISION, Means.KEPT):
                raise
    return call()

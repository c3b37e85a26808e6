"""Neighbours who call at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from tests.unit.central.api_neighbour import Reply

#: How often somebody calls again who is told that the books are busy.
_PATIENCE = 50


def at_once(*calls: Callable[[], Reply]) -> list[Reply]:
    """Their answers, in the order of `calls`. Each has a thread and a connection of its own."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(_insist, calls))


def _insist(call: Callable[[], Reply]) -> Reply:
    try:
        for _attempt in range(_PATIENCE):
            answer = call()
            if answer.status != 503 and (answer.status != 409 or answer.problem != "still-running"):
                return answer
        raise AssertionError(answer)
    finally:
        connection.close()

"""What an error means for an act: whether others were in the way, and whether trying again helps."""

from __future__ import annotations

from enum import Enum

from django.db import DatabaseError, IntegrityError

from backend_bridge.central.errors import LostRace

#: PostgreSQL: serialization failure, deadlock. The transaction is gone, and the same may go through now.
_COLLISIONS = frozenset({"40001", "40P01"})
#: PostgreSQL: a lock did not come in time. Whoever has waited that long need not wait again.
_LOCK_TIMEOUT = "55P03"
_UNIQUE = "23505"
#: PostgreSQL: the connection ended, or there is no place for one.
_AWAY = ("08", "57P", "53300")


class Means(Enum):
    """What an error says about the next try."""

    COLLISION = "others were in the way"
    KEPT = "others kept it for too long"
    AWAY = "the database was away for a moment"
    REFUSED = "the database refuses it"
    BROKEN = "it is not a matter of others"


def meaning(error: Exception) -> Means:
    """What `error` means.

    A row that has to be unique and is not is a collision: whoever was faster has committed by then, and
    the next try sees what they did. One that collides on and on is refused; that is for the caller to count.
    """
    if isinstance(error, LostRace):
        return Means.COLLISION
    if not isinstance(error, DatabaseError):
        return Means.BROKEN
    state = getattr(error.__cause__, "sqlstate", None) or ""
    if isinstance(error, IntegrityError):
        return Means.COLLISION if state == _UNIQUE or "UNIQUE constraint" in str(error) else Means.REFUSED
    return _of_operation(error, state)


def _of_operation(error: DatabaseError, state: str) -> Means:
    if state in _COLLISIONS:
        return Means.COLLISION
    if state == _LOCK_TIMEOUT or "database is locked" in str(error):
        return Means.KEPT
    # What the server says has a code; without one, psycopg says that the server is gone.
    gone = hasattr(error.__cause__, "sqlstate") and not state
    return Means.AWAY if gone or state.startswith(_AWAY) else Means.BROKEN

"""Every error of the central system. What a peer did wrong is `PeerError`; the rest is ours."""

from __future__ import annotations


class CentralError(Exception):
    """The central system cannot do what was asked of it."""


class DataDirError(CentralError, OSError):
    """The data directory is missing, incomplete, or not the one this process serves."""


class DatabaseUnusable(CentralError):
    """The database cannot be reached, is not set up, or is not named so that it could be."""


class BooksError(CentralError, ValueError):
    """A posting would break the books; nothing of it was written."""


class Overdrawn(BooksError):
    """An account would go below zero in a lot."""


class AppendOnly(CentralError, TypeError):
    """Somebody tried to change or delete what is only ever added."""


class PeerError(CentralError, ValueError):
    """What a terminal sent cannot be accepted."""


class CannotPost(PeerError):
    """An authentic entry cannot be posted: it goes to suspense; the message says why."""


class RefuseAsk(PeerError):
    """A right is not given; carries what `loyalty.wire.messages.Refused` says."""

    def __init__(self, reason: str, *, at_ms: int | None = None, points: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at_ms = at_ms
        self.points = points


class KeyUsedOtherwise(CentralError, ValueError):
    """A key that makes an act happen once was used for another act before."""


class LostRace(CentralError, RuntimeError):
    """Others were in the way; the same can be tried again."""

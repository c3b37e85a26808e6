"""Every error of the journal."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class JournalError(Exception):
    """The journal did not do what was asked; nothing of it was written."""


class CannotRecord(JournalError, OSError):
    """The disk or the database refuses to write: nothing was recorded, so nothing happened."""


class NotConfirmed(CannotRecord):
    """Nothing outside the disk says that this journal is the newest: it waits for the central system's word."""


class JournalStopped(CannotRecord):
    """Nothing is written into this journal any more; a new epoch is to begin."""


class AnchorBehind(CannotRecord):
    """The anchor could not be moved on to what is in the journal."""


class TooLarge(JournalError, ValueError):
    """The entry would not fit into a message: it could never be sent, and neither could any after it."""


class DamagedJournal(JournalError, ValueError):
    """The journal's file or its chain of entries is damaged."""


class AlreadyRecorded(JournalError, ValueError):
    """The same grant, coupon or note is in the journal already."""


class WrongJournal(JournalError, ValueError):
    """The database belongs to another terminal or another key."""


class HeadMismatch(JournalError, ValueError):
    """An acknowledgement names an entry that this journal does not have: one of the two was forked."""


@contextmanager
def recording() -> Iterator[None]:
    """Turn the database's errors into `CannotRecord`."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # A damaged page can be named in a message that is no text itself.
        raise CannotRecord(f"the journal cannot be written: {error}") from error

"""Entries as they came in a message: which of them are authentic entries of the journal that they came for.

Decides nothing about what they mean, and reads nothing from the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import msgspec

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet.models import Incident
from loyalty.entries import Entry, entry_hash, read_payload
from loyalty.errors import SignatureError, WireError
from loyalty.signing import Domain, Signed, verify
from loyalty.wire.messages import JournalBatch

Kind = Incident.Kind


class Opened(msgspec.Struct, frozen=True, gc=False):
    """An authentic entry, with what it came in and its hash."""

    entry: Entry
    signed: Signed
    digest: bytes


class Unusable(msgspec.Struct, frozen=True):
    """What came is not an authentic entry of this journal; the ones after it cannot be looked at."""

    kind: Incident.Kind
    detail: str


class Contents(msgspec.Struct, frozen=True):
    """The authentic entries of a message up to the first that is none, and what that one is."""

    opened: tuple[Opened, ...]
    unusable: Unusable | None


def open_batches(batches: Sequence[tuple[Turn, JournalBatch]], openers: Executor) -> list[Contents]:
    """What is in each of `batches`; several at a time, as a signature is checked without the interpreter's lock."""
    asked = [(batch.entries, turn, batch.epoch) for turn, batch in batches]
    if len(asked) == 1:
        return [open_entries(*asked[0])]
    return list(openers.map(open_entries, *zip(*asked, strict=True))) if asked else []


def open_entries(entries: Sequence[Signed], turn: Turn, epoch: int) -> Contents:
    """What is in `entries`, sent by the terminal of `turn` for its journal of `epoch`."""
    public = bytes.fromhex(turn.terminal.public)
    opened: list[Opened] = []
    for signed in entries:
        one = _open(signed, public, terminal=turn.terminal.pk, epoch=epoch)
        if isinstance(one, Unusable):
            return Contents(tuple(opened), one)
        opened.append(one)
    return Contents(tuple(opened), None)


def _open(signed: Signed, public: bytes, *, terminal: str, epoch: int) -> Opened | Unusable:
    try:
        verify(signed, domain=Domain.JOURNAL, public=public)
        entry = read_payload(signed.payload)
    except SignatureError as error:
        return Unusable(Kind.BAD_SIGNATURE, str(error))
    except WireError as error:
        # Signed by the terminal, but of a form that is not known here: it waits there, nothing is lost.
        return Unusable(Kind.UNREADABLE, str(error))
    if (entry.terminal, entry.epoch) != (terminal, epoch):
        return Unusable(Kind.FOREIGN_ENTRY, f"entry of {entry.terminal[:48]}/{entry.epoch} in this journal")
    return Opened(entry, signed, entry_hash(signed.payload))

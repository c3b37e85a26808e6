"""A journal as a file: batches as they are sent, one after the other, for somebody to carry.

Nothing in it has to be believed: entries are signed and chained. It can be read up to where it is damaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loyalty.errors import WireError
from loyalty.wire import codec
from loyalty.wire.messages import JournalBatch

MAGIC = b"tapbon-journal-1\n"
_LENGTH = 4


def pack(batches: Iterable[JournalBatch]) -> bytes:
    """`batches` as a file: a first line that says what it is, then each message after its length (4 bytes, the
    highest first)."""
    messages = [codec.encode_up(batch) for batch in batches]
    return MAGIC + b"".join(len(message).to_bytes(_LENGTH, "big") + message for message in messages)


def unpack(data: bytes) -> Iterator[JournalBatch]:
    """The batches in `data`, in their order; raises `WireError` at the first that is none."""
    if not data.startswith(MAGIC):
        raise WireError("not a file of journal batches")
    place = len(MAGIC)
    while place < len(data):
        length = int.from_bytes(data[place : place + _LENGTH], "big")
        place += _LENGTH
        message = codec.decode_up(data[place : place + length]) if place + length <= len(data) else None
        if not isinstance(message, JournalBatch):
            raise WireError("the file of journal batches ends in the middle, or holds something else")
        yield message
        place += length

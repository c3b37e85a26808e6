"""Where a page of a list begins: an opaque text that only this installation makes.

It carries the sort key of the last row that was shown, so that rows that are added meanwhile move
nothing; and it is signed, with the list and the company it belongs to, so that nobody can begin
elsewhere with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import msgspec

from backend_bridge.central.api.problems import broken

_TAG_BYTES = 16
LONGEST = 512

Position = tuple[str | int, ...]


def write(position: Position, *, place: str, key: bytes) -> str:
    """The cursor after `position` in the list `place` (its name, company and filters)."""
    payload = msgspec.json.encode(position)
    return _text(_tag(payload, place, key) + payload)


def read(cursor: str, *, place: str, key: bytes) -> Position:
    """The position in `cursor`; raises `ProblemError` (422) for one that `write` did not make for `place`."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise _foreign() from None
    payload = raw[_TAG_BYTES:]
    # The decoder passes over letters that do not belong: a cursor has one spelling.
    if not hmac.compare_digest(raw[:_TAG_BYTES], _tag(payload, place, key)) or _text(raw) != cursor:
        raise _foreign()
    return msgspec.json.decode(payload, type=Position)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _tag(payload: bytes, place: str, key: bytes) -> bytes:
    said = len(place.encode()).to_bytes(4, "big") + place.encode() + payload
    return hmac.new(key, said, hashlib.sha256).digest()[:_TAG_BYTES]


def _foreign() -> Exception:
    return broken("query.cursor", "cursor", "This is not a cursor of this list: take `next` of the page before.")

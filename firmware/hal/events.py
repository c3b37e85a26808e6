"""What devices tell the terminal. Plain data, past tense, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CardArrived:
    """A card came into the reader's field; emitted once for each time that it is laid on.

    `uid` is its raw number (4, 7 or 10 bytes), `family` one of `"ntag"`, `"mifare-classic"`,
    `"iso-dep"` and `"other"`, `ndef` the bytes of its NDEF message or None where it has none or
    where it was torn away before they were read.
    """

    uid: bytes
    family: str
    ndef: bytes | None = None


@dataclass(frozen=True)
class CardLeft:
    """The card `uid` left the field; emitted once for each `CardArrived`."""

    uid: bytes


@dataclass(frozen=True)
class ReaderLost:
    """The reader stopped answering or was unplugged; `reason` is for the log, not for customers."""

    reason: str


@dataclass(frozen=True)
class ReaderReady:
    """The reader answers (again). Emitted at the first opening too."""

    description: str


@dataclass(frozen=True)
class CodeSeen:
    """A barcode was read for certain: in two equal frames, or once with a valid signature."""

    text: str
    symbology: str


@dataclass(frozen=True)
class CameraLost:
    """The camera gives no picture though it is wanted."""

    reason: str


@dataclass(frozen=True)
class CameraReady:
    """The camera gives pictures (again)."""


HalEvent = CardArrived | CardLeft | ReaderLost | ReaderReady | CodeSeen | CameraLost | CameraReady

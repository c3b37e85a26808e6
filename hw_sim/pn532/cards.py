"""Virtual cards, as a reader's radio sees them.

Decides how a card answers to anticollision and to commands of its type. Does not know the reader's
serial protocol nor whether the card is in a field: `RadioField` decides that. A card of another
type needs only the methods of `VirtualCard`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol


class AckNak(IntEnum):
    """The four-bit answers of Type 2 cards. They carry no checksum."""

    ACK = 0xA
    NAK_ARGUMENT = 0x0
    NAK_CHECKSUM = 0x1


# None means that the card stays silent and the reader times out.
CardAnswer = bytes | AckNak | None


class VirtualCard(Protocol):
    """What a card must do to be laid on a virtual reader.

    `uid` has 4, 7 or 10 bytes; `atqa` is in the order in which data sheets print it (`0044`).
    """

    @property
    def uid(self) -> bytes: ...

    @property
    def atqa(self) -> bytes: ...

    @property
    def sak(self) -> int: ...

    def power_off(self) -> None:
        """The field is gone: forget everything that is not kept in the card's memory."""

    def select(self) -> None:
        """Anticollision chose this card; commands follow."""

    def exchange(self, command: bytes) -> CardAnswer:
        """Answer a command (without its checksum)."""


class Type2Card:
    """A card with pages of four bytes that answers READ, FAST_READ, GET_VERSION and WRITE.

    `memory` is the whole of it, including UID and capability container, and can be anything:
    a hostile card is made by handing over hostile bytes.
    """

    atqa = bytes.fromhex("0044")
    sak = 0x00

    def __init__(self, *, uid: bytes, memory: bytes, version: bytes) -> None:
        if len(memory) % 4 or not 16 <= len(memory) <= 1024:
            raise ValueError("a Type 2 memory has 4 to 256 whole pages")
        self.uid = bytes(uid)
        self.memory = bytearray(memory)
        self._version = version
        self._selected = False

    def power_off(self) -> None:
        self._selected = False

    def select(self) -> None:
        self._selected = True

    def exchange(self, command: bytes) -> CardAnswer:
        if not self._selected or not command:
            return None
        answer = self._answer(command[0], command[1:])
        # After a NAK the card goes back to idle and stays mute until it is selected anew.
        self._selected = answer != AckNak.NAK_ARGUMENT
        return answer

    def _answer(self, code: int, arguments: bytes) -> CardAnswer:
        if code == 0x30 and len(arguments) == 1:
            return self._read(arguments[0])
        if code == 0x3A and len(arguments) == 2:
            return self._fast_read(arguments[0], arguments[1])
        if code == 0x60 and not arguments:
            return self._version
        if code == 0xA2 and len(arguments) == 5:
            return self._write(arguments[0], arguments[1:])
        return AckNak.NAK_ARGUMENT

    def _read(self, page: int) -> CardAnswer:
        """Four pages; behind the last page the card begins again at page 0."""
        if page * 4 >= len(self.memory):
            return AckNak.NAK_ARGUMENT
        return bytes((self.memory + self.memory[:12])[page * 4 : page * 4 + 16])

    def _fast_read(self, first: int, last: int) -> CardAnswer:
        if first > last or last * 4 >= len(self.memory):
            return AckNak.NAK_ARGUMENT
        return bytes(self.memory[first * 4 : last * 4 + 4])

    def _write(self, page: int, data: bytes) -> CardAnswer:
        if page < 4 or page * 4 >= len(self.memory):
            return AckNak.NAK_ARGUMENT
        self.memory[page * 4 : page * 4 + 4] = data
        return AckNak.ACK


class Ntag213(Type2Card):
    """An NTAG213 with an NDEF message: 45 pages, 144 bytes of user memory."""

    USER_BYTES = 144

    def __init__(self, uid: bytes, ndef: bytes | None = None) -> None:
        if len(uid) != 7:
            raise ValueError("an NTAG213 has a UID of 7 bytes")
        user = self._user_memory(ndef)
        super().__init__(
            uid=uid,
            memory=_header(uid, formatted=ndef is not None) + user + _CONFIGURATION,
            version=bytes.fromhex("0004040201000f03"),
        )

    def _user_memory(self, ndef: bytes | None) -> bytes:
        """A message in its TLV and a terminator, padded; blank without a message."""
        tlv = b""
        if ndef is not None:
            length = bytes((len(ndef),)) if len(ndef) < 255 else b"\xff" + len(ndef).to_bytes(2)
            tlv = b"\x03" + length + ndef
        if len(tlv) > self.USER_BYTES:
            raise ValueError(f"{len(tlv)} bytes do not fit into {self.USER_BYTES}")
        return (tlv + b"\xfe" if len(tlv) < self.USER_BYTES else tlv).ljust(self.USER_BYTES, b"\x00")


# Dynamic lock bytes, MIRROR and AUTH0 (no password), ACCESS, PWD, PACK: as delivered, and PWD reads as zero.
_CONFIGURATION = bytes.fromhex("000000bd040000ff000500000000000000000000")


def _header(uid: bytes, *, formatted: bool) -> bytes:
    """Pages 0 to 3: UID with its check bytes, static locks, and the capability container of 144 bytes."""
    first = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
    second = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
    container = bytes.fromhex("e1101200") if formatted else bytes(4)
    return uid[:3] + bytes((first,)) + uid[3:] + bytes((second, 0x48, 0, 0)) + container


class MifareClassic:
    """A MIFARE Classic 1K of which only the UID can be read: whoever asks for more hears nothing."""

    atqa = bytes.fromhex("0004")
    sak = 0x08

    def __init__(self, uid: bytes) -> None:
        if len(uid) != 4:
            raise ValueError("this MIFARE Classic has a UID of 4 bytes")
        self.uid = bytes(uid)

    def power_off(self) -> None:
        """It keeps no state."""

    def select(self) -> None:
        """It keeps no state."""

    def exchange(self, command: bytes) -> CardAnswer:
        return None

"""The PN532's serial frames: bytes in, frames out, and back.

Decides where a frame begins and ends and whether it is intact. Does not know what a command means,
does no I/O and never raises on bytes that came from outside: what is not a frame is skipped.
Source: PN532 user manual (UM0701-02), section 6.2.1.
"""

from __future__ import annotations

from dataclasses import dataclass

HOST_TO_CHIP = 0xD4
CHIP_TO_HOST = 0xD5

ACK_FRAME = bytes.fromhex("0000ff00ff00")
NACK_FRAME = bytes.fromhex("0000ffff0000")
# What the chip sends in place of an answer to a command that it does not understand.
SYNTAX_ERROR_FRAME = bytes.fromhex("0000ff01ff7f8100")

# The longest payload of the chip's firmware: identifier, command code and 263 bytes.
MAX_PAYLOAD = 265
_LONGEST_NORMAL = 255

_START = b"\x00\xff"


@dataclass(frozen=True)
class Ack:
    """The peer has received a frame; from the host it also means: cancel, or go on."""


@dataclass(frozen=True)
class Nack:
    """The peer asks for the last answer again."""


@dataclass(frozen=True)
class Packet:
    """An intact information frame; `payload` begins with the frame identifier (D4h, D5h or 7Fh)."""

    payload: bytes


Frame = Ack | Nack | Packet


def build(payload: bytes) -> bytes:
    """The frame that carries `payload` (identifier included), extended where it is too long for one length byte.

    Raises ValueError for a payload that no frame of this chip can carry.
    """
    if not 1 <= len(payload) <= MAX_PAYLOAD:
        raise ValueError(f"a frame carries 1 to {MAX_PAYLOAD} bytes, not {len(payload)}")
    if len(payload) <= _LONGEST_NORMAL:
        header = bytes((len(payload), _complement(len(payload))))
    else:
        high, low = divmod(len(payload), 256)
        header = bytes((0xFF, 0xFF, high, low, _complement(high + low)))
    return b"\x00\x00\xff" + header + payload + bytes((_complement(sum(payload)), 0x00))


def _complement(total: int) -> int:
    """The byte that makes a sum zero modulo 256."""
    return -total & 0xFF


class FrameParser:
    """Finds frames in a stream that may be cut anywhere and may carry garbage.

    A damaged frame is not reported: like the chip, the parser stays silent and the peer times out.
    The search then goes on right behind its start code, so that a whole frame inside a broken one
    is still found. Holds at most one frame's worth of bytes between two calls.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now, in the order in which they came."""
        self._buffer += data
        frames: list[Frame] = []
        while self._skip_to_start_code():
            size, frame = _match(self._buffer)
            if size is None:
                break
            del self._buffer[:size]
            if frame is not None:
                frames.append(frame)
        return frames

    @property
    def pending(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return len(self._buffer)

    def _skip_to_start_code(self) -> bool:
        start = self._buffer.find(_START)
        if start >= 0:
            del self._buffer[:start]
            return True
        # A lone 00 at the end may be the first half of a start code that was cut in two.
        keep = 1 if self._buffer.endswith(b"\x00") else 0
        del self._buffer[: len(self._buffer) - keep]
        return False


def _match(buffer: bytearray) -> tuple[int | None, Frame | None]:
    """How many bytes to consume from a buffer that begins with a start code, and the frame in them.

    (None, None) asks for more bytes; a size without a frame means that there was none.
    """
    if len(buffer) < 4:
        return None, None
    length, check = buffer[2], buffer[3]
    if (length, check) == (0x00, 0xFF):
        return 4, Ack()
    if (length, check) == (0xFF, 0x00):
        return 4, Nack()
    if (length, check) == (0xFF, 0xFF):
        if len(buffer) < 7:
            return None, None
        length = buffer[4] * 256 + buffer[5]
        valid, begin = sum(buffer[4:7]) & 0xFF == 0 and 0 < length <= MAX_PAYLOAD, 7
    else:
        valid, begin = (length + check) & 0xFF == 0, 4
    if not valid:
        return len(_START), None
    return _match_body(buffer, begin=begin, length=length)


def _match_body(buffer: bytearray, *, begin: int, length: int) -> tuple[int | None, Frame | None]:
    end = begin + length
    if len(buffer) <= end:
        return None, None
    if sum(buffer[begin : end + 1]) & 0xFF != 0:
        return len(_START), None
    return end + 1, Packet(bytes(buffer[begin:end]))

"""The PN532's firmware: bytes from the host in, bytes to the host out.

Decides what the chip answers, sleeping and serial rate included. Does no I/O and knows no time: how
long an answer takes is for the port to pace, by `Turn.radio_commands`. Commands outside its table
get the chip's syntax error frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hw_sim.pn532.cards import AckNak, CardAnswer
from hw_sim.pn532.field import RadioField
from hw_sim.pn532.frames import (
    ACK_FRAME,
    CHIP_TO_HOST,
    HOST_TO_CHIP,
    MAX_PAYLOAD,
    SYNTAX_ERROR_FRAME,
    Ack,
    FrameParser,
    Nack,
    Packet,
    build,
)

SERIAL_RATES = (9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_288_000)
POWER_ON_RATE = 115_200
# A sleeping chip loses the bytes that wake it; hosts send a long preamble for that.
WAKE_UP_BYTES = 8

_TX_MODE, _RX_MODE, _FIFO_DATA = 0x6302, 0x6303, 0x6339
_CRC_ENABLED = 0x80
_SENS_REQ = 0x26

_STATUS_OK, _STATUS_TIMEOUT, _STATUS_CRC_ERROR = 0x00, 0x01, 0x02


@dataclass(frozen=True)
class Turn:
    """The chip's side of one command: `acknowledgement` at once, `response` after the radio commands."""

    acknowledgement: bytes
    response: bytes = b""
    radio_commands: int = 0


class Pn532Chip:
    """One chip from power-on, asleep and at 115200 baud, to the next."""

    def __init__(self, field: RadioField) -> None:
        self.baudrate = POWER_ON_RATE
        self.polls = 0
        self._field = field
        self._parser = FrameParser()
        self._registers: dict[int, int] = {}
        self._bytes_to_wake = WAKE_UP_BYTES
        self._next_rate: int | None = None
        self._last_response = b""
        self._radio_commands = 0
        self._commands: dict[int, Callable[[bytes], bytes | None]] = {
            0x00: self._diagnose,
            0x02: lambda _: bytes.fromhex("32010607"),
            0x06: self._read_registers,
            0x08: self._write_registers,
            0x10: self._set_serial_baudrate,
            0x12: lambda _: b"",
            0x14: lambda _: b"",
            0x16: self._power_down,
            0x32: self._rf_configuration,
            0x42: self._in_communicate_thru,
            0x4A: self._in_list_passive_target,
        }

    @property
    def asleep(self) -> bool:
        """Whether the next bytes are lost to waking up."""
        return self._bytes_to_wake > 0

    def hears(self, baudrate: int | None) -> bool:
        """Whether bytes that the host sends at this rate are more than noise to the chip.

        The ACK that makes a new rate valid may be lost on a pseudo-terminal, where a host that reopens
        its port flushes what a wire would have carried long ago. A host that is heard at the new rate
        has therefore acknowledged it.
        """
        if baudrate is not None and baudrate == self._next_rate:
            self._on_ack()
        return baudrate == self.baudrate

    def receive(self, data: bytes) -> Iterator[Turn]:
        """What the chip says to bytes from the host, turn by turn."""
        lost = min(self._bytes_to_wake, len(data))
        self._bytes_to_wake -= lost
        for frame in self._parser.feed(data[lost:]):
            if isinstance(frame, Ack):
                self._on_ack()
            elif isinstance(frame, Nack):
                yield Turn(self._last_response)
            else:
                yield from self._on_packet(frame)

    def _on_ack(self) -> None:
        if self._next_rate is not None:
            self.baudrate, self._next_rate = self._next_rate, None

    def _on_packet(self, packet: Packet) -> Iterator[Turn]:
        payload = packet.payload
        if len(payload) < 2 or payload[0] != HOST_TO_CHIP:
            return
        self._radio_commands = 0
        self._next_rate = None
        self._last_response = self._respond(payload[1], payload[2:])
        yield Turn(ACK_FRAME, self._last_response, self._radio_commands)

    def _respond(self, code: int, arguments: bytes) -> bytes:
        command = self._commands.get(code)
        answer = command(arguments) if command else None
        if answer is None:
            return SYNTAX_ERROR_FRAME
        return build((bytes((CHIP_TO_HOST, code + 1)) + answer)[:MAX_PAYLOAD])

    def _diagnose(self, arguments: bytes) -> bytes | None:
        if arguments[:1] == b"\x00":
            return arguments
        return b"\x00" if arguments[:1] in (b"\x01", b"\x02") else None

    def _read_registers(self, arguments: bytes) -> bytes | None:
        if not arguments or len(arguments) % 2:
            return None
        addresses = (int.from_bytes(arguments[i : i + 2]) for i in range(0, len(arguments), 2))
        return bytes(self._registers.get(address, 0) for address in addresses)

    def _write_registers(self, arguments: bytes) -> bytes | None:
        if not arguments or len(arguments) % 3:
            return None
        for i in range(0, len(arguments), 3):
            self._registers[int.from_bytes(arguments[i : i + 2])] = arguments[i + 2]
        return b""

    def _set_serial_baudrate(self, arguments: bytes) -> bytes | None:
        """The answer still goes out at the old rate; the host's ACK to it makes the new one valid."""
        if len(arguments) != 1 or arguments[0] >= len(SERIAL_RATES):
            return None
        self._next_rate = SERIAL_RATES[arguments[0]]
        return b""

    def _power_down(self, arguments: bytes) -> bytes | None:
        if not arguments:
            return None
        self._bytes_to_wake = WAKE_UP_BYTES
        self._field.switch_off()
        return bytes((_STATUS_OK,))

    def _rf_configuration(self, arguments: bytes) -> bytes | None:
        if not arguments:
            return None
        if arguments[0] == 0x01 and len(arguments) == 2 and not arguments[1] & 0x01:
            self._field.switch_off()
        return b""

    def _in_list_passive_target(self, arguments: bytes) -> bytes | None:
        if len(arguments) < 2 or not 1 <= arguments[0] <= 2:
            return None
        self.polls += 1
        self._radio_commands = 1
        card = self._field.select(arguments[2:]) if arguments[1] == 0 else None
        if card is None:
            self._registers[_FIFO_DATA] = _SENS_REQ
            return b"\x00"
        self._registers.update({_TX_MODE: _CRC_ENABLED, _RX_MODE: _CRC_ENABLED, _FIFO_DATA: 0x00})
        return b"\x01\x01" + card.atqa + bytes((card.sak, len(card.uid))) + card.uid

    def _in_communicate_thru(self, arguments: bytes) -> bytes | None:
        self._radio_commands = 1
        answer = self._field.exchange(arguments)
        check = bool(self._registers.get(_RX_MODE, _CRC_ENABLED) & _CRC_ENABLED)
        return _received(answer, check_crc=check)


def _received(answer: CardAnswer, *, check_crc: bool) -> bytes:
    """Status and data as the chip reports them, with the card's checksum unless the chip has checked it."""
    if answer is None:
        return bytes((_STATUS_TIMEOUT,))
    if isinstance(answer, AckNak):
        # Four bits have no checksum, which a checking chip cannot tell from a wrong one.
        return bytes((_STATUS_CRC_ERROR,)) if check_crc else bytes((_STATUS_OK, answer.value))
    return bytes((_STATUS_OK,)) + (answer if check_crc else answer + crc_a(answer))


def crc_a(data: bytes) -> bytes:
    """The checksum of ISO/IEC 14443-3 Type A, low byte first."""
    register = 0x6363
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x8408 if register & 1 else 0)
    return register.to_bytes(2, "little")

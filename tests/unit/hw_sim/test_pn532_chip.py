"""The emulated PN532's commands and cards, without a line in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_sim.pn532.cards import AckNak, MifareClassic, Ntag213
from hw_sim.pn532.chip import WAKE_UP_BYTES, Pn532Chip, Turn, crc_a
from hw_sim.pn532.field import RadioField
from hw_sim.pn532.frames import ACK_FRAME, NACK_FRAME, SYNTAX_ERROR_FRAME, build

UID = bytes.fromhex("04a1b2c3d4e5f6")
POLL = bytes.fromhex("4a0100")
FIELD_OFF = bytes.fromhex("320102")
READ_PAGE_0 = bytes.fromhex("423000")


def awake(field: RadioField | None = None) -> Pn532Chip:
    chip = Pn532Chip(field or RadioField())
    assert list(chip.receive(bytes(WAKE_UP_BYTES))) == []
    return chip


def ask(chip: Pn532Chip, command: bytes) -> bytes:
    (turn,) = chip.receive(build(b"\xd4" + command))
    assert turn.acknowledgement == ACK_FRAME
    return turn.response


def answer(code: int, data: bytes = b"") -> bytes:
    return build(bytes((0xD5, code + 1)) + data)


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_hostile_bytes_never_raise(chunks: list[bytes]) -> None:
    chip = awake()
    for chunk in chunks:
        list(chip.receive(chunk))


@given(st.lists(st.binary(min_size=1, max_size=264), max_size=8))
def test_every_wellformed_command_is_answered_or_refused(commands: list[bytes]) -> None:
    field = RadioField()
    field.lay(Ntag213(UID, b"\xd0\x00\x00"))
    chip = awake(field)
    for command in commands:
        if command[0] == 0x16:
            continue  # A chip put to sleep answers nothing more, which is another rule.
        assert ask(chip, command)


def test_a_sleeping_chip_loses_the_bytes_that_wake_it() -> None:
    chip = Pn532Chip(RadioField())
    assert list(chip.receive(build(b"\xd4\x02"))) == []
    assert ask(chip, b"\x02") == answer(0x02, bytes.fromhex("32010607"))
    assert ask(chip, b"\x16\xf0") == answer(0x16, b"\x00")
    assert chip.asleep


def test_an_unknown_command_gets_the_syntax_error_frame() -> None:
    assert ask(awake(), b"\x60") == SYNTAX_ERROR_FRAME


def test_a_nack_brings_the_last_answer_again() -> None:
    chip = awake()
    first = ask(chip, b"\x02")
    assert list(chip.receive(NACK_FRAME)) == [Turn(first)]


def test_diagnose_echoes_an_extended_frame() -> None:
    data = b"\x00" + bytes(range(256)) + b"123456"
    assert ask(awake(), b"\x00" + data) == answer(0x00, data)


def test_a_new_rate_is_valid_only_after_the_hosts_acknowledgement() -> None:
    chip = awake()
    assert ask(chip, b"\x10\x07") == answer(0x10)
    assert chip.baudrate == 115_200
    list(chip.receive(ACK_FRAME))
    assert chip.baudrate == 921_600
    assert not chip.hears(115_200)


def test_an_empty_field_leaves_the_request_in_the_fifo() -> None:
    chip = awake()
    assert ask(chip, POLL) == answer(0x4A, b"\x00")
    assert ask(chip, bytes.fromhex("066339")) == answer(0x06, b"\x26")


@pytest.mark.parametrize(
    ("card", "shown"),
    [
        (Ntag213(UID), "01010044000704a1b2c3d4e5f6"),
        (MifareClassic(b"\x01\x02\x03\x04"), "01010004080401020304"),
    ],
)
def test_a_card_shows_its_uid_and_kind(card: Ntag213 | MifareClassic, shown: str) -> None:
    field = RadioField()
    field.lay(card)
    assert ask(awake(field), POLL) == answer(0x4A, bytes.fromhex(shown))


def test_a_poll_for_another_uid_finds_nothing() -> None:
    field = RadioField()
    field.lay(Ntag213(UID))
    chip = awake(field)
    assert ask(chip, POLL + b"\x88" + UID[:-1] + b"\x00") == answer(0x4A, b"\x00")
    assert ask(chip, POLL + b"\x88" + UID)[7:9] == b"\x01\x01"


def test_switching_the_field_off_makes_the_card_forget_that_it_was_chosen() -> None:
    field = RadioField()
    field.lay(Ntag213(UID))
    chip = awake(field)
    ask(chip, POLL)
    assert ask(chip, READ_PAGE_0)[7:8] == b"\x00"
    ask(chip, FIELD_OFF)
    assert ask(chip, READ_PAGE_0) == answer(0x42, b"\x01")


def test_a_refused_command_mutes_the_card_until_it_is_chosen_anew() -> None:
    card = Ntag213(UID)
    card.select()
    assert card.exchange(b"\x1a\x00") is AckNak.NAK_ARGUMENT
    assert card.exchange(b"\x30\x00") is None
    card.select()
    assert isinstance(card.exchange(b"\x30\x00"), bytes)


def test_reading_wraps_at_the_end_of_the_memory_and_refuses_beyond_it() -> None:
    card = Ntag213(UID)
    card.select()
    wrapped = card.exchange(b"\x30\x2c")
    assert isinstance(wrapped, bytes)
    assert wrapped[4:] == bytes(card.memory[:12])
    assert card.exchange(b"\x30\x2d") is AckNak.NAK_ARGUMENT


def test_a_checksum_is_passed_on_only_where_the_chip_does_not_check_it() -> None:
    field = RadioField()
    card = Ntag213(UID)
    field.lay(card)
    chip = awake(field)
    ask(chip, POLL)
    page = bytes(card.memory[:16])
    assert ask(chip, READ_PAGE_0) == answer(0x42, b"\x00" + page)
    ask(chip, bytes.fromhex("08630300"))
    assert ask(chip, READ_PAGE_0) == answer(0x42, b"\x00" + page + crc_a(page))


def test_the_checksum_is_that_of_the_standard() -> None:
    # ISO/IEC 14443-3, annex B.
    assert crc_a(bytes.fromhex("0000")) == bytes.fromhex("a01e")
    assert crc_a(bytes.fromhex("1234")) == bytes.fromhex("26cf")


def test_a_card_vanishes_after_the_exchange_that_was_named() -> None:
    field = RadioField()
    field.tear_after(2)
    field.lay(Ntag213(UID))
    assert field.select(b"") is not None
    assert field.exchange(b"\x30\x00") is not None
    assert field.card is None
    assert field.exchange(b"\x30\x00") is None
    assert field.exchanges == 2

"""The emulated PN532 takes any bytes from its line, and finds the frames among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_sim.pn532.frames import (
    ACK_FRAME,
    MAX_PAYLOAD,
    NACK_FRAME,
    SYNTAX_ERROR_FRAME,
    Ack,
    FrameParser,
    Nack,
    Packet,
    build,
)

payloads = st.binary(min_size=1, max_size=MAX_PAYLOAD)
# Noise that cannot begin a frame by itself: whatever the parser keeps of it is no start code.
harmless = st.binary(max_size=40).map(lambda junk: junk.replace(b"\xff", b"\xfe"))


@given(payloads)
def test_every_payload_survives_the_round_trip(payload: bytes) -> None:
    assert FrameParser().feed(build(payload)) == [Packet(payload)]


@given(payloads, st.lists(st.integers(0, MAX_PAYLOAD + 10)))
def test_a_frame_may_be_cut_anywhere(payload: bytes, cuts: list[int]) -> None:
    frame, parser, found, position = build(payload), FrameParser(), [], 0
    for cut in [*sorted(cuts), len(frame)]:
        found += parser.feed(frame[position:cut])
        position = max(position, cut)
    assert found == [Packet(payload)]


@given(st.lists(st.tuples(harmless, payloads), max_size=4))
def test_frames_are_found_between_noise(stream: list[tuple[bytes, bytes]]) -> None:
    line = b"".join(noise + build(payload) for noise, payload in stream)
    assert FrameParser().feed(line) == [Packet(payload) for _, payload in stream]


@given(st.lists(st.binary(max_size=400), max_size=8))
def test_hostile_bytes_never_raise_nor_pile_up(chunks: list[bytes]) -> None:
    parser = FrameParser()
    for chunk in chunks:
        parser.feed(chunk)
        assert parser.pending <= MAX_PAYLOAD + 8


@given(payloads, st.data())
def test_a_frame_with_one_flipped_bit_is_not_taken(payload: bytes, data: st.DataObject) -> None:
    frame = bytearray(build(payload))
    bit = data.draw(st.integers(0, len(frame) * 8 - 1))
    frame[bit // 8] ^= 1 << bit % 8
    found = FrameParser().feed(bytes(frame))
    # The preamble and the postamble carry nothing; everything else is under a checksum.
    carries_nothing = bit // 8 in (0, len(frame) - 1)
    assert (Packet(payload) in found) == carries_nothing


def test_a_whole_frame_after_a_damaged_one_is_found() -> None:
    damaged = bytearray(build(b"\xd4\x02"))
    damaged[-2] ^= 1
    assert FrameParser().feed(bytes(damaged) + build(b"\xd4\x14\x01")) == [Packet(b"\xd4\x14\x01")]


def test_a_false_header_delays_the_frames_behind_it_but_loses_none() -> None:
    parser = FrameParser()
    assert parser.feed(b"\x00\x00\xff\x10\xf0" + build(b"\xd4\x02")) == []
    assert parser.feed(build(b"\xd4\x02")) == [Packet(b"\xd4\x02"), Packet(b"\xd4\x02")]


def test_acknowledgements_are_told_from_information() -> None:
    assert FrameParser().feed(ACK_FRAME + NACK_FRAME + SYNTAX_ERROR_FRAME) == [Ack(), Nack(), Packet(b"\x7f")]


def test_an_extended_length_beyond_the_chip_is_noise() -> None:
    too_long = b"\x00\x00\xff\xff\xff\xff\xff\x02"
    assert FrameParser().feed(too_long + build(b"\xd4\x02")) == [Packet(b"\xd4\x02")]


@pytest.mark.parametrize("size", [0, MAX_PAYLOAD + 1])
def test_a_payload_that_no_frame_carries_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="carries 1 to 265"):
        build(bytes(size))

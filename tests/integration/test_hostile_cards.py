"""Cards, and a line, that send whatever they like: the driver goes on, and reads the next honest card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.hal.drivers.bounded_frontend import MAX_EXCHANGES
from firmware.hal.drivers.pn532_reader import Pn532Reader
from firmware.hal.events import CardArrived, CardLeft, ReaderReady
from hw_sim.pn532.cards import AckNak, CardAnswer, Ntag213, Type2Card, VirtualCard
from hw_sim.pn532.reader import VirtualReader
from tests.event_recorder import EventRecorder

UID, HONEST_UID = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04000102030405")
NDEF = bytes.fromhex("d1010754026e6c746170")
VERSION = bytes.fromhex("0004040201000f03")


class Bench:
    """One reader for all examples: each finds it as the one before has left it."""

    def __init__(self, virtual: VirtualReader, events: EventRecorder) -> None:
        self.virtual = virtual
        self.events = events

    def read(self, card: VirtualCard) -> CardArrived:
        """What is said about a card that is laid on and taken off."""
        self.virtual.lay(card)
        arrived = self.events.next()
        self.virtual.take()
        assert self.events.next() == CardLeft(card.uid)
        assert isinstance(arrived, CardArrived)
        return arrived

    def reads_an_honest_card(self) -> bool:
        return self.read(Ntag213(HONEST_UID, NDEF)) == CardArrived(HONEST_UID, "ntag", NDEF)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    virtual = VirtualReader(tmp_path_factory.mktemp("reader"))
    driver, events = Pn532Reader(virtual.path, poll_ms=2), EventRecorder()
    driver.start(events.emit)
    assert isinstance(events.next(), ReaderReady)
    yield Bench(virtual, events)
    driver.stop()
    virtual.close()


class ScriptedCard:
    """Answers with the next of its lines, whatever it is asked."""

    atqa = bytes.fromhex("0044")

    def __init__(self, *, sak: int, answers: list[CardAnswer], uid: bytes = UID) -> None:
        self.uid = uid
        self.sak = sak
        self.asked = 0
        self._answers = answers

    def power_off(self) -> None:
        """It does not care."""

    def select(self) -> None:
        """It does not care."""

    def exchange(self, command: bytes) -> CardAnswer:
        self.asked += 1
        return self._answers[(self.asked - 1) % len(self._answers)]


# Memory as it comes, and memory with a valid capability container, in which nfcpy looks further.
container = st.builds(lambda size, access: bytes((0xE1, 0x10, size, access)), st.integers(0, 255), st.integers(0, 255))
records = st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 0xFD, 0xFE]), st.binary(max_size=9)), max_size=30)
tlvs = records.map(lambda made: b"".join(bytes((kind, len(value))) + value for kind, value in made))
memories = st.builds(
    lambda head, cc, tail, size: (head + cc + tail).ljust(size * 4, b"\x00")[: size * 4],
    st.binary(min_size=12, max_size=12),
    st.one_of(container, st.binary(min_size=4, max_size=4)),
    st.one_of(tlvs, st.binary(max_size=256)),
    st.integers(4, 256),
)
answers = st.one_of(
    st.none(),
    st.sampled_from(list(AckNak)),
    st.binary(max_size=300),
    st.binary(min_size=16, max_size=16),
    st.builds(lambda block, data: bytes((block,)) + data + b"\x90\x00", st.integers(0, 255), st.binary(max_size=20)),
)


@settings(max_examples=60, deadline=None)
@given(memory=memories)
def test_a_card_with_any_memory_arrives_and_leaves(bench: Bench, memory: bytes) -> None:
    arrived = bench.read(Type2Card(uid=UID, memory=memory, version=VERSION))
    assert (arrived.uid, arrived.family) == (UID, "ntag")
    assert bench.reads_an_honest_card()


@settings(max_examples=60, deadline=None)
@given(sak=st.sampled_from([0x00, 0x20]), script=st.lists(answers, min_size=1, max_size=12))
def test_a_card_that_answers_anything_arrives_and_leaves(bench: Bench, sak: int, script: list[CardAnswer]) -> None:
    assert bench.read(ScriptedCard(sak=sak, answers=script)).uid == UID
    assert bench.reads_an_honest_card()


@settings(max_examples=40, deadline=None)
@given(sak=st.integers(0, 255), uid=st.sampled_from([b"\x01\x02\x03\x04", UID, UID + b"\x00\x11\x22"]))
def test_a_card_of_any_kind_that_says_nothing_arrives_and_leaves(bench: Bench, sak: int, uid: bytes) -> None:
    assert bench.read(ScriptedCard(sak=sak, answers=[None], uid=uid)).uid == uid


@pytest.mark.parametrize(
    ("sak", "script"),
    [
        # A Type 2 memory whose message claims 65535 bytes and which never ends.
        (0x00, [bytes.fromhex("00000000000000000000000000000000")[:12] + bytes.fromhex("e110ff00"), b"\x03\xff" * 8]),
        # A capability container for 2040 bytes of memory, all of it filled with NULL TLVs.
        (0x00, [bytes(12) + bytes.fromhex("e110ff00"), *[bytes(16)] * 400]),
        # An ISO-DEP card that asks for more time, for ever.
        (0x20, [bytes.fromhex("0578807002"), *[b"\xf2\x3b"] * 400]),
        # One that is always in the middle of its answer.
        (0x20, [bytes.fromhex("0578807002"), *[b"\x12\x00", b"\x13\x00"] * 200]),
    ],
)
def test_a_card_that_never_ends_is_given_up(bench: Bench, sak: int, script: list[CardAnswer]) -> None:
    card = ScriptedCard(sak=sak, answers=script)
    assert bench.read(card) == CardArrived(UID, "ntag" if sak == 0 else "iso-dep", None)
    assert card.asked <= MAX_EXCHANGES
    assert bench.reads_an_honest_card()


@settings(max_examples=15, deadline=None)
@given(junk=st.binary(max_size=40), times=st.integers(1, 3))
def test_noise_on_the_line_passes(bench: Bench, junk: bytes, times: int) -> None:
    """The reader may be lost and found over it, and a card may come twice; in the end it is read as ever."""
    bench.virtual.add_noise(junk, times=times)
    assert bench.virtual.await_polls(3 * times + 3)
    bench.virtual.lay(Ntag213(HONEST_UID, NDEF))
    while bench.events.next() != CardArrived(HONEST_UID, "ntag", NDEF):
        pass
    bench.virtual.take()
    while bench.events.next() != CardLeft(HONEST_UID):
        pass

"""The real driver and the real nfcpy on an emulated PN532: what customers, cards and cables do to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.hal.drivers.pn532_reader import Pn532Reader
from firmware.hal.events import CardArrived, CardLeft, HalEvent, ReaderLost, ReaderReady
from hw_sim.pn532.cards import CardAnswer, MifareClassic, Ntag213, VirtualCard
from hw_sim.pn532.pty_port import Pacing
from hw_sim.pn532.reader import VirtualReader
from tests.event_recorder import EventRecorder

UID, OTHER_UID = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04000102030405")
CLASSIC_UID = bytes.fromhex("01a2b3c4")
NDEF = bytes.fromhex("d1012055046c6f79616c74792e6578616d706c652f636172642f31323334353637383930")
FULL_NDEF = b"\xc1\x01\x00\x00\x00\x82T" + b"\x02en" + bytes(127)


class Bench:
    """A virtual reader, the driver on it, and what the driver said since it was ready."""

    def __init__(self, directory: Path, *, pacing: Pacing | None = None, baudrate: int = 115_200) -> None:
        self.virtual = VirtualReader(directory, pacing)
        self.driver = Pn532Reader(self.virtual.path, poll_ms=5, baudrate=baudrate)
        self.events = EventRecorder()
        self.driver.start(self.events.emit)
        assert isinstance(self.events.next(), ReaderReady)

    def settled(self) -> list[HalEvent]:
        assert self.virtual.await_polls(5)
        return self.events.taken()

    def close(self) -> None:
        self.driver.stop()
        self.virtual.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


class ListeningClassic(MifareClassic):
    """Remembers what it was asked."""

    def __init__(self, uid: bytes) -> None:
        super().__init__(uid)
        self.asked: list[bytes] = []

    def exchange(self, command: bytes) -> CardAnswer:
        self.asked.append(command)
        return super().exchange(command)


class DeafFor(Ntag213):
    """Does not answer some commands, as at the edge of the field."""

    def __init__(self, uid: bytes, ndef: bytes, *, deaf: range) -> None:
        super().__init__(uid, ndef)
        self._deaf = deaf
        self._asked = 0

    def exchange(self, command: bytes) -> CardAnswer:
        self._asked += 1
        return None if self._asked - 1 in self._deaf else super().exchange(command)


class IsoDepCard:
    """An ISO-DEP card with one NDEF file: as much of ISO/IEC 14443-4 and of a Type 4 card as reading takes."""

    atqa = bytes.fromhex("0344")
    sak = 0x20
    _CONTAINER = bytes.fromhex("000f20003b00340406e10401000000")

    def __init__(self, uid: bytes, ndef: bytes) -> None:
        self.uid = uid
        self._files = {b"\xe1\x03": self._CONTAINER, b"\xe1\x04": len(ndef).to_bytes(2) + ndef}
        self._file = b""

    def power_off(self) -> None:
        self._file = b""

    def select(self) -> None:
        self._file = b""

    def exchange(self, command: bytes) -> CardAnswer:
        if command[0] == 0xE0:
            return bytes.fromhex("0578807002")
        return command[:1] + self._apdu(command[1:]) if command[0] & 0xE2 == 0x02 else None

    def _apdu(self, apdu: bytes) -> bytes:
        if apdu[1] == 0xA4 and apdu[2] == 0x00:
            self._file = self._files[apdu[5:7]]
        if apdu[1] == 0xB0:
            offset = int.from_bytes(apdu[2:4])
            return self._file[offset : offset + (apdu[4] or 256)] + b"\x90\x00"
        return b"\x90\x00"


def exchanges_of_a_laying_on(bench: Bench, card: VirtualCard) -> int:
    """How many radio exchanges one laying on takes until its event, and those of a few polls after it."""
    before = bench.virtual.exchanges
    bench.virtual.lay(card)
    bench.events.next()
    bench.virtual.take()
    assert bench.events.next() == CardLeft(card.uid)
    return bench.virtual.exchanges - before


def test_a_classic_arrives_by_its_uid_and_is_asked_nothing(bench: Bench) -> None:
    card = ListeningClassic(CLASSIC_UID)
    bench.virtual.lay(card)
    assert bench.events.next() == CardArrived(CLASSIC_UID, "mifare-classic", None)
    assert bench.settled() == []
    bench.virtual.take()
    assert bench.events.next() == CardLeft(CLASSIC_UID)
    assert card.asked == []


@pytest.mark.parametrize("ndef", [NDEF, FULL_NDEF, b"\xd0\x00\x00"])
def test_an_ntag_arrives_with_its_whole_message(bench: Bench, ndef: bytes) -> None:
    bench.virtual.lay(Ntag213(UID, ndef))
    assert bench.events.next() == CardArrived(UID, "ntag", ndef)


@pytest.mark.parametrize("ndef", [None, b""])
def test_a_card_without_a_message_arrives_without_one(bench: Bench, ndef: bytes | None) -> None:
    bench.virtual.lay(Ntag213(UID, ndef))
    assert bench.events.next() == CardArrived(UID, "ntag", None)


def test_an_iso_dep_card_arrives_with_its_message(bench: Bench) -> None:
    bench.virtual.lay(IsoDepCard(UID, NDEF))
    assert bench.events.next() == CardArrived(UID, "iso-dep", NDEF)
    assert bench.settled() == []


@pytest.mark.parametrize("make_card", [lambda: Ntag213(UID, FULL_NDEF), lambda: IsoDepCard(UID, NDEF)])
def test_a_card_torn_away_at_any_exchange_arrives_at_most_once_and_leaves(bench: Bench, make_card: type) -> None:
    reading = exchanges_of_a_laying_on(bench, make_card())
    whole: list[bool] = []
    for survived in range(1, reading + 1):
        card = make_card()
        bench.virtual.tear_after(survived)
        bench.virtual.lay(card)
        arrived = bench.events.next()
        assert isinstance(arrived, CardArrived)
        assert arrived.uid == UID
        assert arrived.ndef in (None, FULL_NDEF, NDEF)
        whole.append(arrived.ndef is not None)
        assert bench.virtual.await_taken()
        assert bench.events.next() == CardLeft(UID)
    assert bench.settled() == []
    # Torn early it has no message, torn late it has all of it, and there is no return in between.
    assert whole == sorted(whole)
    assert set(whole) == {False, True}


def test_a_card_torn_away_before_the_first_exchange_was_never_there(bench: Bench) -> None:
    bench.virtual.tear_after(0)
    bench.virtual.lay(Ntag213(UID, NDEF))
    assert bench.settled() == []


@pytest.mark.parametrize("deaf", [range(first, first + length) for first in range(3) for length in (1, 2, 3)])
def test_a_card_that_is_deaf_for_a_moment_is_read_all_the_same(bench: Bench, deaf: range) -> None:
    bench.virtual.lay(DeafFor(UID, NDEF, deaf=deaf))
    assert bench.events.next() == CardArrived(UID, "ntag", NDEF)
    assert bench.settled() == []


def test_a_card_swapped_while_it_is_read_never_lends_its_message_to_the_next(bench: Bench) -> None:
    class SwappedMidway(Ntag213):
        def exchange(self, command: bytes) -> CardAnswer:
            answer = super().exchange(command)
            if command == b"\x30\x08":
                bench.virtual.lay(Ntag213(OTHER_UID, FULL_NDEF))
            return answer

    bench.virtual.lay(SwappedMidway(UID, NDEF))
    assert bench.events.next() == CardArrived(UID, "ntag", None)
    assert bench.events.next() == CardLeft(UID)
    assert bench.events.next() == CardArrived(OTHER_UID, "ntag", FULL_NDEF)


def test_cards_of_two_families_swapped_quickly_each_arrive_and_leave_once(bench: Bench) -> None:
    cards: list[VirtualCard] = [Ntag213(UID, NDEF), MifareClassic(CLASSIC_UID), IsoDepCard(OTHER_UID, NDEF)]
    seen: list[HalEvent] = []
    for card in cards:
        bench.virtual.lay(card)
        assert bench.virtual.await_polls(2)
    bench.virtual.take()
    while CardLeft(OTHER_UID) not in seen:
        seen.append(bench.events.next())
    arrivals = [CardArrived(UID, "ntag", NDEF), CardArrived(CLASSIC_UID, "mifare-classic", None)]
    arrivals.append(CardArrived(OTHER_UID, "iso-dep", NDEF))
    assert seen == [event for arrived in arrivals for event in (arrived, CardLeft(arrived.uid))]


def test_a_reader_unplugged_while_a_card_is_read_comes_back(bench: Bench) -> None:
    class Tripwire(Ntag213):
        """Somebody trips over the cable at the second command."""

        def exchange(self, command: bytes) -> CardAnswer:
            answer = super().exchange(command)
            if command == b"\x30\x04":
                bench.virtual.freeze()
            return answer

    bench.virtual.lay(Tripwire(UID, NDEF))
    assert bench.events.next() == CardArrived(UID, "ntag", None)
    bench.virtual.unplug()
    assert bench.events.next() == CardLeft(UID)
    assert isinstance(bench.events.next(), ReaderLost)
    bench.virtual.take()
    bench.virtual.thaw()
    bench.virtual.plug()
    assert isinstance(bench.events.next(), ReaderReady)
    assert bench.settled() == []


def test_a_chip_that_hangs_is_lost_and_found_again(bench: Bench) -> None:
    bench.virtual.freeze()
    assert isinstance(bench.events.next(), ReaderLost)
    bench.virtual.thaw()
    assert isinstance(bench.events.next(), ReaderReady)
    assert bench.settled() == []


@pytest.mark.parametrize("junk", [b"\x00", b"\xff" * 7, b"\x00\x00\xff", b"\x00\x00\xff\x05\xfb\xd5", b"junk" * 20])
def test_one_garbled_answer_is_no_loss_and_no_departure(bench: Bench, junk: bytes) -> None:
    bench.virtual.lay(Ntag213(UID, NDEF))
    bench.events.next()
    bench.virtual.add_noise(junk)
    assert bench.settled() == []


def test_a_line_that_is_noise_only_is_lost_once_and_found_again(bench: Bench) -> None:
    bench.virtual.add_noise(b"\xaa\x55\x00\xff\x13", times=10)
    assert isinstance(bench.events.next(), ReaderLost)
    assert isinstance(bench.events.next(), ReaderReady)
    bench.virtual.lay(Ntag213(UID, NDEF))
    assert bench.events.next() == CardArrived(UID, "ntag", NDEF)


def test_a_chip_left_at_a_high_rate_by_a_crash_is_found(tmp_path: Path) -> None:
    crashed = Bench(tmp_path, baudrate=921_600)
    # The driver dies without putting the chip to sleep: to the chip, its line just falls silent.
    crashed.virtual.freeze()
    crashed.driver.stop()
    crashed.virtual.thaw()
    assert crashed.virtual.baudrate == 921_600
    events = EventRecorder()
    successor = Pn532Reader(crashed.virtual.path, poll_ms=5)
    successor.start(events.emit)
    assert isinstance(events.next(), ReaderReady)
    assert crashed.virtual.baudrate == 115_200
    successor.stop()
    crashed.close()


@pytest.mark.parametrize("baudrate", [115_200, 460_800, 921_600])
def test_paced_as_a_real_line_a_card_is_read_as_well(tmp_path: Path, baudrate: int) -> None:
    bench = Bench(tmp_path, pacing=Pacing(baudrate=baudrate, radio_ms=5), baudrate=baudrate)
    assert bench.virtual.baudrate == baudrate
    bench.virtual.lay(Ntag213(UID, NDEF))
    assert bench.events.next() == CardArrived(UID, "ntag", NDEF)
    bench.virtual.take()
    assert bench.events.next() == CardLeft(UID)
    bench.close()


@pytest.mark.parametrize("kind", ["missing", "file", "directory", "line of something else"])
def test_what_is_not_a_pn532_is_a_loss_and_never_ready(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "device"
    if kind == "file":
        path.write_bytes(b"not a line")
    elif kind == "directory":
        path.mkdir()
    elif kind == "line of something else":
        path.symlink_to("/dev/null")
    events = EventRecorder()
    driver = Pn532Reader(str(path))
    driver.start(events.emit)
    assert isinstance(events.next(), ReaderLost)
    driver.stop()
    assert events.taken() == []


def test_a_rate_that_the_chip_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="baudrate"):
        Pn532Reader("/dev/null", baudrate=12_345)


def test_nfcpy_prints_nothing_even_when_the_reader_dies(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.virtual.freeze()
    assert isinstance(bench.events.next(), ReaderLost)
    assert [record for record in caplog.records if record.name.startswith("nfc")] == []
    assert logging.getLogger("nfc").getEffectiveLevel() >= logging.CRITICAL

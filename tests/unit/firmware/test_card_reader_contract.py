"""What every `CardReader` must do, whichever driver stands behind it.

An implementation joins by a rig in `RIGS`: a reader, and hands that lay cards on it and unplug it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from firmware.hal.drivers.pn532_reader import Pn532Reader
from firmware.hal.events import CardArrived, CardLeft, HalEvent, ReaderLost, ReaderReady
from firmware.hal.ports import CardReader
from hw_sim.pn532.cards import Ntag213
from hw_sim.pn532.reader import VirtualReader
from tests.event_recorder import EventRecorder
from tests.patience import Stopwatch

UID, OTHER_UID = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04000102030405")
NDEF = bytes.fromhex("d1010754026e6c746170")


class Rig(Protocol):
    """A reader and the hands that use it."""

    def make_reader(self) -> CardReader: ...

    def lay(self, uid: bytes, ndef: bytes) -> None: ...

    def take(self) -> None: ...

    def unplug(self) -> None: ...

    def plug(self) -> None: ...

    def settle(self) -> None:
        """Wait until whatever the reader has to say by now was said."""

    def close(self) -> None: ...


class Pn532Rig:
    """The PN532 driver, on the emulated chip."""

    def __init__(self, directory: Path) -> None:
        self._virtual = VirtualReader(directory)

    def make_reader(self) -> CardReader:
        return Pn532Reader(self._virtual.path, poll_ms=5)

    def lay(self, uid: bytes, ndef: bytes) -> None:
        self._virtual.lay(Ntag213(uid, ndef))

    def take(self) -> None:
        self._virtual.take()

    def unplug(self) -> None:
        self._virtual.unplug()

    def plug(self) -> None:
        self._virtual.plug()

    def settle(self) -> None:
        assert self._virtual.await_polls(5)

    def close(self) -> None:
        self._virtual.close()


RIGS: list[Callable[[Path], Rig]] = [Pn532Rig]


class Bench:
    """A rig with its reader and what that said."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.reader = rig.make_reader()
        self.events = EventRecorder()

    def start(self) -> None:
        self.reader.start(self.events.emit)

    def start_ready(self) -> None:
        self.start()
        assert isinstance(self.events.next(), ReaderReady)

    def settled(self) -> list[HalEvent]:
        self.rig.settle()
        return self.events.taken()


@pytest.fixture(params=RIGS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(request.param(tmp_path))
    yield bench
    bench.reader.stop()
    bench.rig.close()


def test_a_reader_that_answers_is_ready_once(bench: Bench) -> None:
    bench.start_ready()
    assert bench.settled() == []


def test_a_missing_reader_is_a_loss_and_no_exception(bench: Bench) -> None:
    bench.rig.unplug()
    bench.start()
    assert isinstance(bench.events.next(), ReaderLost)
    bench.rig.plug()
    assert isinstance(bench.events.next(), ReaderReady)


def test_a_card_arrives_once_and_leaves_once(bench: Bench) -> None:
    bench.start_ready()
    bench.rig.lay(UID, NDEF)
    assert bench.events.next() == CardArrived(UID, "ntag", NDEF)
    assert bench.settled() == []
    bench.rig.take()
    assert bench.events.next() == CardLeft(UID)
    assert bench.settled() == []


def test_a_card_that_lies_there_before_the_start_arrives(bench: Bench) -> None:
    bench.rig.lay(UID, NDEF)
    bench.start_ready()
    assert bench.events.next() == CardArrived(UID, "ntag", NDEF)


def test_the_same_card_laid_on_again_arrives_again(bench: Bench) -> None:
    bench.start_ready()
    for _ in range(3):
        bench.rig.lay(UID, NDEF)
        assert bench.events.next() == CardArrived(UID, "ntag", NDEF)
        bench.rig.take()
        assert bench.events.next() == CardLeft(UID)


def test_a_swapped_card_leaves_before_the_next_one_arrives(bench: Bench) -> None:
    bench.start_ready()
    bench.rig.lay(UID, NDEF)
    bench.events.next()
    bench.rig.lay(OTHER_UID, NDEF)
    assert bench.events.next() == CardLeft(UID)
    assert bench.events.next() == CardArrived(OTHER_UID, "ntag", NDEF)


def test_each_loss_is_told_once_and_ended_by_being_ready(bench: Bench) -> None:
    bench.start_ready()
    for _ in range(2):
        bench.rig.unplug()
        assert isinstance(bench.events.next(), ReaderLost)
        bench.rig.plug()
        assert isinstance(bench.events.next(), ReaderReady)
        assert bench.settled() == []


def test_a_card_on_a_lost_reader_leaves_and_arrives_anew(bench: Bench) -> None:
    bench.start_ready()
    bench.rig.lay(UID, NDEF)
    bench.events.next()
    bench.rig.unplug()
    assert bench.events.next() == CardLeft(UID)
    assert isinstance(bench.events.next(), ReaderLost)
    bench.rig.plug()
    assert isinstance(bench.events.next(), ReaderReady)
    assert bench.events.next() == CardArrived(UID, "ntag", NDEF)


def test_nothing_is_said_after_the_stop(bench: Bench) -> None:
    bench.start_ready()
    bench.reader.stop()
    bench.rig.lay(UID, NDEF)
    bench.rig.unplug()
    with pytest.raises(TimeoutError):
        bench.events.next(timeout=0.3)


@pytest.mark.parametrize("plugged", [True, False])
def test_stopping_takes_less_than_two_seconds_and_may_be_repeated(bench: Bench, plugged: bool) -> None:
    if not plugged:
        bench.rig.unplug()
    bench.start()
    bench.events.next()
    with Stopwatch() as watch:
        bench.reader.stop()
        bench.reader.stop()
    assert watch.seconds < 2


def test_a_reader_that_was_never_started_can_be_stopped(bench: Bench) -> None:
    bench.reader.stop()
    assert bench.events.taken() == []


def test_the_receiver_of_an_event_may_stop_the_reader(bench: Bench) -> None:
    def emit(event: HalEvent) -> None:
        bench.events.emit(event)
        bench.reader.stop()

    bench.reader.start(emit)
    assert isinstance(bench.events.next(), ReaderReady)
    bench.rig.lay(UID, NDEF)
    with pytest.raises(TimeoutError):
        bench.events.next(timeout=0.3)

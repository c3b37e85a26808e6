"""The real scanner (OpenCV, zbar, its two threads) on the stream of a virtual camera."""

from __future__ import annotations

import io
import queue
import socket
import threading
from collections.abc import Iterator

import pytest
import segno
from PIL import Image, ImageDraw

from firmware.hal.drivers.code_scanner import OpenCvScanner
from firmware.hal.drivers.opencv_camera import Grey
from firmware.hal.drivers.sightings import Code
from firmware.hal.drivers.zbar_decoder import read_codes
from firmware.hal.events import CameraLost, CameraReady, CodeSeen, HalEvent
from hw_sim.camera import VirtualCamera
from tests.patience import PATIENCE_S, Stopwatch

COUPON = "TAPBON1:" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345" * 3 + "0123456789ABCDEFGHIJKLMN"
OTHER = "ANOTHER COUPON"
SIGNED = "SIGNED COUPON"


class FrameClock:
    """The scanner's clock: stands still unless told, and counts the frames, each of which reads it once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._now_ms = 0
        self.frames = 0

    def __call__(self) -> int:
        with self._changed:
            self.frames += 1
            self._changed.notify_all()
            return self._now_ms

    def advance(self, ms: int) -> None:
        with self._changed:
            self._now_ms += ms

    def wait_for_frames(self, count: int) -> None:
        """Wait until the scanner has taken `count` more frames."""
        with self._changed:
            wanted = self.frames + count
            assert self._changed.wait_for(lambda: self.frames >= wanted, PATIENCE_S)


class Bench:
    """A camera, a scanner on it, and what the scanner told, each with the number of frames it took by then."""

    def __init__(self) -> None:
        self.camera = VirtualCamera(fps=30)
        self.clock = FrameClock()
        self.events: queue.Queue[tuple[int, HalEvent]] = queue.Queue()
        #: What was judged, and how many frames there had been by then.
        self.judged: list[tuple[str, int]] = []
        self.scanner = OpenCvScanner(
            self.camera.url,
            is_signed=self._is_signed,
            clock_ms=self.clock,
            # A cable that is pulled ends the stream; a machine that is busy only makes it wait.
            open_timeout_ms=int(PATIENCE_S * 1000),
            read_timeout_ms=int(PATIENCE_S * 1000),
        )
        self.scanner.start(lambda event: self.events.put((self.clock.frames, event)))

    def next_event(self) -> HalEvent:
        return self.events.get(timeout=PATIENCE_S)[1]

    def wake(self) -> None:
        self.scanner.wake()
        assert self.next_event() == CameraReady()

    def show(self, text: str) -> None:
        self.camera.show(_qr(text))

    def close(self) -> None:
        self.scanner.stop()
        self.camera.close()

    def _is_signed(self, text: str) -> bool:
        self.judged.append((text, self.clock.frames))
        return text == SIGNED


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


def _qr(text: str | bytes) -> bytes:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(out, kind="png", scale=8)
    return out.getvalue()


def _blotted(png: bytes) -> bytes:
    """The code with coffee over its lower half."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    ImageDraw.Draw(image).ellipse((0, image.height // 2, image.width, image.height * 3 // 2), fill="saddlebrown")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _seen(text: str) -> CodeSeen:
    return CodeSeen(text, "qr")


def test_a_code_of_128_characters_held_still_is_told_exactly_once(bench: Bench) -> None:
    assert len(COUPON) == 128
    bench.show(COUPON)
    bench.wake()

    assert bench.next_event() == _seen(COUPON)

    bench.clock.wait_for_frames(20)
    assert bench.events.empty()


def test_a_code_shown_to_an_open_camera_is_told(bench: Bench) -> None:
    bench.wake()
    bench.clock.wait_for_frames(15)
    bench.show(COUPON)

    assert bench.next_event() == _seen(COUPON)


def test_a_code_that_comes_back_at_once_is_not_told_again(bench: Bench) -> None:
    bench.wake()
    for text in (COUPON, OTHER):
        bench.show(text)
        assert bench.next_event() == _seen(text)
    bench.show(COUPON)
    bench.clock.wait_for_frames(10)

    bench.show(SIGNED)

    assert bench.next_event() == _seen(SIGNED)


def test_a_code_that_left_for_a_second_is_told_again(bench: Bench) -> None:
    bench.wake()
    for text in (COUPON, OTHER):
        bench.show(text)
        assert bench.next_event() == _seen(text)
    bench.clock.advance(1000)

    bench.show(COUPON)

    assert bench.next_event() == _seen(COUPON)


def test_an_unsigned_code_takes_two_frames_and_a_signed_one_takes_one(bench: Bench) -> None:
    bench.wake()
    frames_needed = []
    for text in (COUPON, SIGNED):
        bench.show(text)
        told_at, event = bench.events.get(timeout=PATIENCE_S)
        assert event == _seen(text)
        first = next(frames for judged, frames in bench.judged if judged == text)
        frames_needed.append(told_at - first + 1)

    assert frames_needed[0] >= 2
    assert frames_needed[1] == 1


def test_a_scanner_that_is_asleep_holds_no_camera_and_tells_nothing(bench: Bench) -> None:
    bench.show(COUPON)
    assert bench.camera.clients == 0
    bench.wake()
    assert bench.next_event() == _seen(COUPON)

    bench.scanner.sleep()
    bench.scanner.sleep()
    bench.show(OTHER)

    assert bench.camera.wait_for_clients(0, timeout_s=PATIENCE_S)
    frames = bench.clock.frames
    bench.camera.show(_qr(SIGNED))
    assert bench.events.empty()
    assert bench.clock.frames == frames


def test_sleeping_and_waking_tells_a_code_again_that_never_moved(bench: Bench) -> None:
    bench.show(COUPON)
    for _ in range(3):
        bench.wake()
        assert bench.next_event() == _seen(COUPON)
        bench.scanner.sleep()


def test_an_unplugged_camera_is_told_once_and_found_again_by_itself(bench: Bench) -> None:
    bench.wake()
    bench.camera.unplug()
    lost = bench.next_event()
    assert isinstance(lost, CameraLost)
    assert bench.camera.url in lost.reason

    bench.camera.plug()
    bench.show(COUPON)

    assert [bench.next_event(), bench.next_event()] == [CameraReady(), _seen(COUPON)]


def test_a_camera_that_is_missing_when_wanted_is_told_once_per_time_awake(bench: Bench) -> None:
    bench.camera.unplug()
    for _ in range(2):
        bench.scanner.wake()
        assert isinstance(bench.next_event(), CameraLost)
        bench.scanner.sleep()
    bench.scanner.wake()
    assert isinstance(bench.next_event(), CameraLost)

    bench.camera.plug()

    assert bench.next_event() == CameraReady()


def test_a_picture_without_a_code_and_a_damaged_code_tell_nothing(bench: Bench) -> None:
    bench.wake()
    noise = io.BytesIO()
    Image.effect_noise((400, 400), 120).save(noise, "PNG")
    for picture in (noise.getvalue(), _blotted(_qr(COUPON))):
        bench.camera.show(picture)
        bench.clock.wait_for_frames(10)

    bench.show(OTHER)

    assert bench.next_event() == _seen(OTHER)


def test_a_payload_that_is_not_ascii_is_dropped(bench: Bench) -> None:
    bench.wake()
    for payload in ("café-12345", b"\x00\xff\xfe\x80coupon"):
        bench.camera.show(_qr(payload))
        bench.clock.wait_for_frames(10)

    bench.show(OTHER)

    assert bench.next_event() == _seen(OTHER)


@pytest.mark.parametrize("failure", [ValueError("a rule's objection"), MemoryError()])
def test_a_decoder_that_fails_does_not_end_the_scanner(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    failures = iter([failure] * 3)

    def fail_first(picture: Grey) -> list[Code]:
        if (error := next(failures, None)) is not None:
            raise error
        return read_codes(picture)

    monkeypatch.setattr("firmware.hal.drivers.code_spotter.read_codes", fail_first)
    bench.show(COUPON)
    bench.wake()

    assert bench.next_event() == _seen(COUPON)
    assert next(failures, None) is None


def test_the_receiver_may_put_the_scanner_to_sleep_from_within_an_event(bench: Bench) -> None:
    events: queue.Queue[HalEvent] = queue.Queue()
    scanner = OpenCvScanner(bench.camera.url, is_signed=lambda _: False)

    def sleep_at_first_code(event: HalEvent) -> None:
        if isinstance(event, CodeSeen):
            scanner.sleep()
        events.put(event)

    scanner.start(sleep_at_first_code)
    bench.show(COUPON)
    scanner.wake()

    assert [events.get(timeout=PATIENCE_S), events.get(timeout=PATIENCE_S)] == [CameraReady(), _seen(COUPON)]
    assert bench.camera.wait_for_clients(0, timeout_s=PATIENCE_S)
    scanner.stop()


def test_a_stopped_scanner_lets_the_camera_go_and_cannot_be_woken(bench: Bench) -> None:
    bench.wake()
    bench.scanner.stop()
    bench.scanner.stop()
    bench.show(COUPON)
    bench.scanner.wake()

    assert bench.camera.wait_for_clients(0, timeout_s=PATIENCE_S)
    assert bench.events.empty()


def test_a_camera_that_accepts_and_then_says_nothing_is_lost_and_holds_up_no_stop() -> None:
    events: queue.Queue[HalEvent] = queue.Queue()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/stream.mjpg"
        scanner = OpenCvScanner(url, is_signed=lambda _: False, open_timeout_ms=500)
        scanner.start(events.put)
        scanner.wake()
        assert isinstance(events.get(timeout=PATIENCE_S), CameraLost)

        with Stopwatch() as watch:
            scanner.stop()

        assert watch.seconds < 2

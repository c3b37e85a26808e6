"""The code scanner: a camera and a decoder, each on a thread of its own.

Decides when the camera is held open, what a failure means, and that only the newest frame is ever
decoded. What counts as seen is decided in `sightings`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from firmware.hal.drivers.code_spotter import CodeSpotter
from firmware.hal.drivers.opencv_camera import Frame, OpenCvCamera
from firmware.hal.errors import DeviceUnavailable
from firmware.hal.events import CameraLost, CameraReady, CodeSeen, HalEvent
from firmware.hal.ports import Emit

_log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.25
LAST_RETRY_S = 2.0
# The port allows two seconds; a thread that hangs in a name look-up is left behind, mute.
_STOP_WITHIN_S = 1.8


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class OpenCvScanner:
    """A `CodeScanner` on `source`, which is a stream's address or a local device's index.

    `is_signed` is called on the decoder's thread with any ASCII text that a code may carry, and
    tells whether it bears a valid signature, so that one frame suffices.
    """

    def __init__(
        self,
        source: str | int,
        *,
        is_signed: Callable[[str], bool],
        open_timeout_ms: int = 1000,
        read_timeout_ms: int = 1000,
        clock_ms: Callable[[], int] = _monotonic_ms,
    ) -> None:
        self._camera = OpenCvCamera(source, open_timeout_ms=open_timeout_ms, read_timeout_ms=read_timeout_ms)
        self._is_signed = is_signed
        self._clock_ms = clock_ms
        # Guards all below. Re-entrant, so that the receiver of an event may call us back.
        self._changed = threading.Condition(threading.RLock())
        self._emit: Emit | None = None
        self._stopped = False
        self._wakes = 0
        # The number of this time awake, or None while asleep. What was read in an earlier one is void.
        self._awake: int | None = None
        self._newest: Frame | None = None
        self._threads = [
            threading.Thread(target=self._grab_forever, name="camera-grabber", daemon=True),
            threading.Thread(target=self._decode_forever, name="camera-decoder", daemon=True),
        ]

    def start(self, emit: Emit) -> None:
        """Begin, asleep. Raises RuntimeError if it was started before."""
        with self._changed:
            if self._emit is not None:
                raise RuntimeError("this scanner was started before; make a new one")
            self._emit = emit
            for thread in self._threads:
                thread.start()

    def wake(self) -> None:
        """Open the camera and look for codes."""
        with self._changed:
            if self._awake is None:
                self._wakes += 1
                self._awake = self._wakes
                self._changed.notify_all()

    def sleep(self) -> None:
        """Let the camera go. No event comes once this has returned."""
        with self._changed:
            self._awake = None
            self._newest = None
            self._changed.notify_all()

    def stop(self) -> None:
        """Sleep for good and end the threads."""
        with self._changed:
            self._stopped = True
            self.sleep()
        deadline = time.monotonic() + _STOP_WITHIN_S
        for thread in self._threads:
            if thread.ident is not None and thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))
                if thread.is_alive():
                    _log.warning("%s did not end in time and is left behind", thread.name)

    def _grab_forever(self) -> None:
        while (session := self._wait_until_awake()) is not None:
            self._grab(session)

    def _grab(self, session: int) -> None:
        """One time awake: keep the camera open, and come back to it after each failure."""
        retry_s = FIRST_RETRY_S
        lost = False
        while self._is_current(session):
            ready = False
            try:
                self._camera.open()
                while self._is_current(session):
                    frame = self._camera.read()
                    if not ready:
                        self._tell(session, CameraReady())
                        ready, lost, retry_s = True, False, FIRST_RETRY_S
                    self._offer(session, frame)
            except DeviceUnavailable as error:
                if not lost:
                    self._tell(session, CameraLost(str(error)))
                    lost = True
            finally:
                self._camera.close()
            self._wait_while_current(session, retry_s)
            retry_s = min(2 * retry_s, LAST_RETRY_S)

    def _decode_forever(self) -> None:
        session: int | None = None
        spotter = CodeSpotter(is_signed=self._is_signed)
        while (taken := self._take_newest()) is not None:
            if taken[0] != session:
                session = taken[0]
                spotter = CodeSpotter(is_signed=self._is_signed)
            for code in spotter.look(taken[1], at_ms=self._clock_ms()):
                self._tell(session, CodeSeen(code.text, code.symbology))

    def _wait_until_awake(self) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._awake is not None)
            return None if self._stopped else self._awake

    def _is_current(self, session: int) -> bool:
        with self._changed:
            return self._awake == session and not self._stopped

    def _wait_while_current(self, session: int, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._awake != session, seconds)

    def _offer(self, session: int, frame: Frame) -> None:
        """Put the newest frame in the place of one that nobody had time for."""
        with self._changed:
            if self._is_current(session):
                self._newest = frame
                self._changed.notify_all()

    def _take_newest(self) -> tuple[int, Frame] | None:
        """Wait for a frame; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._newest is not None)
            if self._stopped or self._newest is None or self._awake is None:
                return None
            frame, self._newest = self._newest, None
            return self._awake, frame

    def _tell(self, session: int, event: HalEvent) -> None:
        """Emit, unless the scanner slept since; under the lock, so that `sleep` and `stop` are final."""
        with self._changed:
            if self._emit is not None and self._is_current(session):
                self._emit(event)

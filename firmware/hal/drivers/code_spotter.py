"""From a frame to the codes that are to be told: gate, decoder and sightings in a row.

Decides what a broken frame and a failing decoder mean: nothing was seen. Keeps no thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import cv2
from pyzbar.pyzbar_error import PyZbarError

from firmware.hal.drivers import opencv_camera
from firmware.hal.drivers.motion_gate import MotionGate, Verdict
from firmware.hal.drivers.sightings import Code, Sightings
from firmware.hal.drivers.zbar_decoder import read_codes

_log = logging.getLogger(__name__)


class CodeSpotter:
    """Looks at the frames of one time awake, in their order."""

    def __init__(self, *, is_signed: Callable[[str], bool]) -> None:
        self._gate = MotionGate()
        self._sightings = Sightings(is_signed=is_signed)

    def look(self, frame: opencv_camera.Frame, *, at_ms: int) -> list[Code]:
        """The codes that are certain with this frame and were not told yet. Raises nothing for a bad frame."""
        try:
            return self._look(frame, at_ms)
        except (PyZbarError, cv2.error, ValueError, MemoryError) as error:
            # ValueError is also what the rules raise for a code that they cannot judge.
            _log.warning("a frame could not be decoded: %s", error)
            return []

    def _look(self, frame: opencv_camera.Frame, at_ms: int) -> list[Code]:
        thumbnail = opencv_camera.thumbnail(frame)
        if thumbnail is None:
            return []
        verdict = self._gate.judge(thumbnail, at_ms=at_ms)
        if verdict is Verdict.SKIP:
            return []
        picture = opencv_camera.grey(frame)
        if picture is None:
            return []
        fresh = self._sightings.observe(read_codes(picture), at_ms=at_ms, still=verdict is Verdict.STILL)
        if self._sightings.undecided:
            self._gate.look_again()
        return fresh

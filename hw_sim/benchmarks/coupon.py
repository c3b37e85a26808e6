"""Coupon in view → read for certain, camera awake; and what looking at nothing costs.

The scanner is the terminal's own, OpenCV and zbar on the emulated camera's stream. What follows after
the code is read (a decision on the screen) is the same as after a card, and is measured there.
"""

from __future__ import annotations

import io
import queue
import secrets
import subprocess
import sys
import time

import psutil
import segno

from firmware.hal.events import CameraReady, CodeSeen, HalEvent
from firmware.hal.factory import make_scanner
from firmware.hal.settings import ScannerSettings
from hw_sim.benchmarks.figures import Figure

COUPONS = 40
FRAMES_PER_S = 30
EMPTY_S = 8.0
WAIT_S = 20.0


def measure() -> list[str]:
    """The lines of the report. The camera is a process of its own, as it is a device of its own."""
    camera = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "hw_sim.benchmarks.camera_process", str(FRAMES_PER_S)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        return _measure(camera)
    finally:
        camera.kill()
        camera.wait()


def _measure(camera: subprocess.Popen[str]) -> list[str]:
    if camera.stdout is None or camera.stdin is None:
        raise RuntimeError("the camera's process has no pipes")
    address = camera.stdout.readline().strip()
    seen: queue.SimpleQueue[tuple[float, HalEvent]] = queue.SimpleQueue()
    scanner = make_scanner(ScannerSettings(driver="opencv", source=address), is_signed=lambda _text: True)
    scanner.start(lambda event: seen.put((time.perf_counter(), event)))
    scanner.wake()
    _await(seen, CameraReady)
    try:
        empty = _empty()
        times = []
        for _ in range(COUPONS):
            begun = time.perf_counter()
            camera.stdin.write(_picture().hex() + "\n")
            camera.stdin.flush()
            times.append((_await(seen, CodeSeen) - begun) * 1000)
    finally:
        scanner.stop()
    figure = Figure(
        name=f"coupon in view -> read ({FRAMES_PER_S} frames/s)", times_ms=tuple(times), note="budget 150 ms"
    )
    return [figure.line(), f"{'camera awake, nothing in view: share of one core':<58} {empty:7.2f} %   budget 25 %"]


def _empty() -> float:
    """The share of one core that this process takes while the scanner looks at an empty scene."""
    this = psutil.Process()
    this.cpu_percent()
    time.sleep(EMPTY_S)
    return float(this.cpu_percent())


def _await(seen: queue.SimpleQueue[tuple[float, HalEvent]], kind: type[HalEvent]) -> float:
    while True:
        at, event = seen.get(timeout=WAIT_S)
        if isinstance(event, kind):
            return at


def _picture() -> bytes:
    """A QR code as large as a coupon's, never the same twice."""
    out = io.BytesIO()
    segno.make_qr("TB1:" + secrets.token_hex(63).upper(), error="m").save(out, kind="png", scale=8)
    return out.getvalue()

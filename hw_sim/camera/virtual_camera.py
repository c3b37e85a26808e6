"""The virtual camera itself: what it is shown, when it takes a frame, and whether it is plugged in.

Decides the frame rate and that nothing is rendered while nobody looks. It emulates the device below
the real driver; it decodes nothing and does not know who reads it.
"""

from __future__ import annotations

import threading
import time

from hw_sim.camera.mjpeg_server import STREAM_PATH, MjpegServer
from hw_sim.camera.scene import DEFAULT_SIZE_MM, Scene, load_coupon


class VirtualCamera:
    """An MJPEG camera on loopback, plugged in from the start. Every method is thread-safe.

    Raises `OSError` if `port` is taken; 0 takes a free one.
    """

    def __init__(self, port: int = 0, *, size: tuple[int, int] = (1280, 720), fps: int = 15) -> None:
        self._interval_s = 1 / fps
        self._scene = Scene(size)
        self._scene_lock = threading.Lock()
        self._news = threading.Condition()
        self._number = 0
        self._jpeg = b""
        self._closed = False
        # Plugging and unplugging exclude each other; frames go on meanwhile.
        self._cable = threading.RLock()
        self._server = MjpegServer(port, next_frame=self._next_frame)
        self._port = self._server.port
        self._plugged = False
        self._shutter = threading.Thread(target=self._take_frames, name="virtual-camera-shutter", daemon=True)
        self._shutter.start()
        self.plug()

    @property
    def url(self) -> str:
        """What a reader opens; it stays the same through unplugging and plugging in."""
        return f"http://127.0.0.1:{self._port}{STREAM_PATH}"

    @property
    def clients(self) -> int:
        """How many read the stream now. One that hung up is noticed within two frames."""
        return self._server.streams

    @property
    def plugged(self) -> bool:
        """Whether new readers are accepted."""
        return self._plugged

    def wait_for_clients(self, count: int, *, timeout_s: float) -> bool:
        """Wait until exactly `count` read; False if that did not come about in time."""
        return self._server.wait_for_streams(count, timeout_s=timeout_s)

    def show(self, image: bytes, *, size_mm: int = DEFAULT_SIZE_MM) -> None:
        """Hold a PNG or JPEG picture to the camera, its longer side `size_mm` long at 20 cm.

        Raises `UnusableImage`, a ValueError; what was shown before then stays.
        """
        coupon = load_coupon(image)
        with self._scene_lock:
            self._scene.hold(coupon, size_mm=size_mm)

    def clear(self) -> None:
        """Take away what is held to the camera."""
        with self._scene_lock:
            self._scene.hold(None)

    def frame(self) -> bytes:
        """A JPEG of what is before the camera now, plugged in or not."""
        with self._scene_lock:
            return self._scene.render()

    def unplug(self) -> None:
        """Cut every connection and refuse new ones, until `plug`."""
        with self._cable:
            if not self._plugged:
                return
            self._plugged = False
            self._server.cut()
            # Bound, not listening: the port stays ours.
            self._server = MjpegServer(self._port, next_frame=self._next_frame)

    def plug(self) -> None:
        """Accept readers (again)."""
        with self._cable:
            if not self._plugged and not self._closed:
                self._server.open()
                self._plugged = True

    def close(self) -> None:
        """Unplug for good and end the threads. May be called twice."""
        with self._cable:
            with self._news:
                self._closed = True
                self._news.notify_all()
            self._plugged = False
            self._server.cut()
        self._shutter.join()

    def _next_frame(self, after: int) -> tuple[int, bytes] | None:
        with self._news:
            if after == 0:
                # A new reader gets what is seen from now on, not the last frame of the reader before it.
                after = self._number
                self._news.notify_all()
            self._news.wait_for(lambda: self._closed or self._number > after)
            return None if self._closed else (self._number, self._jpeg)

    def _take_frames(self) -> None:
        """The shutter's thread: a frame per interval while anybody reads, none otherwise."""
        due = time.monotonic()
        while True:
            with self._news:
                self._news.wait_for(lambda: self._closed or self.clients > 0)
                self._news.wait_for(lambda: self._closed, max(0.0, due - time.monotonic()))
                if self._closed:
                    return
            due = max(due, time.monotonic() - self._interval_s) + self._interval_s
            jpeg = self.frame()
            with self._news:
                self._number += 1
                self._jpeg = jpeg
                self._news.notify_all()

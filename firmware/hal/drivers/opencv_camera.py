"""A camera through OpenCV: an MJPEG stream by its address, or a local device by its index.

Decides how a camera is opened and how its frames become grey pictures. Keeps no thread and retries
nothing; frames stay compressed until somebody wants to look at them.
"""

from __future__ import annotations

import logging
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware.hal.errors import DeviceUnavailable

_log = logging.getLogger(__name__)

Frame = NDArray[Any]
Grey = NDArray[np.uint8]

WIDTH, HEIGHT = 1280, 720
_THUMBNAIL = (160, 90)
# More than any camera sends; a broken header must not make us unpack gigabytes.
_MAX_SIDE = 4096
_THUMBNAIL_SCALE = 8
_RAW_STREAM = -1
_MJPEG = cv2.VideoWriter.fourcc(*"MJPG")


class OpenCvCamera:
    """One camera; `open`, `read` and `close` belong to one thread.

    The time-outs bound how long `open` and `read` block on a stream. OpenCV does not offer them for
    local devices, where the kernel reports an unplugged camera at once.
    """

    def __init__(self, source: str | int, *, open_timeout_ms: int, read_timeout_ms: int) -> None:
        self._source = source
        self._name = _without_password(source)
        self._time_outs = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            open_timeout_ms,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            read_timeout_ms,
        ]
        self._capture: cv2.VideoCapture | None = None

    def open(self) -> None:
        """Connect, or raise `DeviceUnavailable`."""
        self.close()
        try:
            capture = self._device(self._source) if isinstance(self._source, int) else self._stream(self._source)
        except cv2.error as error:
            raise DeviceUnavailable(f"camera {self._name} cannot be opened: {error}") from error
        if not capture.isOpened():
            capture.release()
            raise DeviceUnavailable(f"camera {self._name} cannot be opened; check its cable and its address")
        self._capture = capture

    def read(self) -> Frame:
        """The next frame as the camera sent it, or raise `DeviceUnavailable`."""
        if self._capture is None:
            raise DeviceUnavailable(f"camera {self._name} is not open")
        try:
            success, frame = self._capture.read()
        except cv2.error as error:
            raise DeviceUnavailable(f"camera {self._name} failed: {error}") from error
        if not success:
            raise DeviceUnavailable(f"camera {self._name} stopped sending pictures")
        return frame

    def close(self) -> None:
        """Let the camera go; may be called twice."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _stream(self, url: str) -> cv2.VideoCapture:
        # Unpacking every frame in colour would cost more than all the rest, so an MJPEG stream is
        # taken as it comes. Another codec has no frames that stand alone: there OpenCV unpacks.
        raw = [*self._time_outs, cv2.CAP_PROP_FORMAT, _RAW_STREAM]
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, raw)
        if capture.isOpened() and int(capture.get(cv2.CAP_PROP_FOURCC)) != _MJPEG:
            capture.release()
            capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, self._time_outs)
        return capture

    def _device(self, index: int) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(index, cv2.CAP_V4L2)
        # Wishes: a device that cannot fulfil one keeps its own setting, and `grey` takes what comes.
        capture.set(cv2.CAP_PROP_FOURCC, _MJPEG)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        return capture


def _without_password(source: str | int) -> str:
    """The camera's name for the log, which must not hold what an address may carry before its host."""
    scheme, mark, rest = str(source).partition("://")
    host, slash, path = rest.partition("/")
    return scheme + mark + host.rpartition("@")[2] + slash + path


def thumbnail(frame: Frame) -> Grey | None:
    """The frame in grey at about 160x90, or None where it is no picture."""
    if _is_jpeg(frame):
        # An eighth in each direction costs the JPEG decoder next to nothing: it takes one number per block.
        small = _unpack(frame, cv2.IMREAD_REDUCED_GRAYSCALE_8)
        return None if small is None or _THUMBNAIL_SCALE * max(small.shape) > _MAX_SIDE else small
    full = grey(frame)
    return None if full is None else cv2.resize(full, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.uint8)


def grey(frame: Frame) -> Grey | None:
    """The frame in grey at its full size, or None where it is no picture."""
    if _is_jpeg(frame):
        return _unpack(frame, cv2.IMREAD_GRAYSCALE)
    if frame.dtype != np.uint8 or max(frame.shape) > _MAX_SIDE:
        return None
    if frame.ndim == 2:
        return frame
    if frame.shape[2] == 3:
        return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    # YUYV: the first of two bytes is the brightness.
    return np.ascontiguousarray(frame[:, :, 0]) if frame.shape[2] == 2 else None


def _is_jpeg(frame: Frame) -> bool:
    return frame.ndim == 2 and 1 in frame.shape


def _unpack(frame: Frame, mode: int) -> Grey | None:
    try:
        picture = cv2.imdecode(frame, mode)
    except cv2.error as error:
        _log.debug("a frame could not be unpacked: %s", error)
        return None
    return None if picture is None else picture.astype(np.uint8, copy=False)

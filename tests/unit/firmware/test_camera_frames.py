"""Frames as cameras send them, and rubbish, become grey pictures or nothing; what a failure tells the log."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware.hal.drivers import opencv_camera
from firmware.hal.errors import DeviceUnavailable

GREY: NDArray[np.uint8] = np.tile(np.linspace(0, 250, 1280).astype(np.uint8), (720, 1))


def _jpeg(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.imencode(".jpg", picture)[1], np.uint8).reshape(1, -1)


def _yuyv(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.dstack([picture, np.full_like(picture, 128)])


@pytest.mark.parametrize(
    "frame",
    [_jpeg(GREY), GREY, np.dstack([GREY] * 3), _yuyv(GREY)],
    ids=["jpeg", "grey", "colour", "yuyv"],
)
def test_each_format_of_a_camera_gives_the_same_grey_picture(frame: NDArray[np.uint8]) -> None:
    grey, thumbnail = opencv_camera.grey(frame), opencv_camera.thumbnail(frame)

    assert grey is not None
    assert thumbnail is not None
    assert np.abs(grey.astype(int) - GREY).max() <= 4
    assert thumbnail.shape == (90, 160)


@pytest.mark.parametrize(
    "rubbish",
    [
        np.zeros((1, 1), np.uint8),
        np.frombuffer(b"\xff\xd8\xff\xe0 and then nothing", np.uint8).reshape(1, -1),
        np.zeros((720, 1280, 5), np.uint8),
        np.zeros((720, 1280), np.float64),
    ],
    ids=["empty", "torn-jpeg", "five-channels", "floats"],
)
def test_rubbish_is_no_picture(rubbish: NDArray[np.uint8]) -> None:
    assert opencv_camera.grey(rubbish) is None
    assert opencv_camera.thumbnail(rubbish) is None


def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked() -> None:
    assert opencv_camera.thumbnail(_jpeg(np.zeros((8, 20_000), np.uint8))) is None


def test_the_password_of_a_camera_does_not_get_into_the_log() -> None:
    camera = opencv_camera.OpenCvCamera("http://user:pa@ss@127.0.0.1:9/x", open_timeout_ms=500, read_timeout_ms=500)

    with pytest.raises(DeviceUnavailable, match=r"camera http://127\.0\.0\.1:9/x cannot") as lost:
        camera.open()

    assert "pa@ss" not in str(lost.value)


def test_a_camera_that_is_not_open_gives_no_frame() -> None:
    camera = opencv_camera.OpenCvCamera(63, open_timeout_ms=500, read_timeout_ms=500)
    camera.close()

    with pytest.raises(DeviceUnavailable, match="camera 63 is not open"):
        camera.read()

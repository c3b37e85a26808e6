"""The virtual camera as a device: what it takes, what it serves, and what a pulled cable does."""

from __future__ import annotations

import io
import struct
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest
from PIL import Image

from hw_sim.camera import UnusableImage, VirtualCamera
from hw_sim.camera.scene import MAX_IMAGE_BYTES
from tests.patience import PATIENCE_S


@pytest.fixture
def camera() -> Iterator[VirtualCamera]:
    camera = VirtualCamera(fps=60)
    yield camera
    camera.close()


def _picture(size: tuple[int, int] = (200, 100), *, kind: str = "PNG", colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def _open(camera: VirtualCamera) -> HTTPResponse:
    response = urllib.request.urlopen(camera.url, timeout=PATIENCE_S)
    assert isinstance(response, HTTPResponse)
    return response


def _next_jpeg(stream: HTTPResponse) -> bytes:
    length = 0
    while line := stream.readline():
        if line.startswith(b"Content-Length: "):
            length = int(line.split()[1])
        if line == b"\r\n" and length:
            return stream.read(length)
    raise ConnectionError("the stream has ended")


def _read_on(stream: HTTPResponse) -> None:
    for _ in range(1000):
        _next_jpeg(stream)


def _paper_box(jpeg: bytes) -> tuple[int, int, int, int]:
    """The box around all that is brighter than the wall."""
    box = Image.open(io.BytesIO(jpeg)).convert("L").point(lambda level: 255 * (level > 180)).getbbox()
    assert box is not None
    return box


def test_no_two_frames_of_an_idle_camera_are_equal(camera: VirtualCamera) -> None:
    with _open(camera) as stream:
        frames = [_next_jpeg(stream) for _ in range(10)]

    assert len({Image.open(io.BytesIO(frame)).tobytes() for frame in frames}) == 10
    assert Image.open(io.BytesIO(frames[0])).size == (1280, 720)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_coupon_keeps_its_aspect_and_is_as_large_as_one_held_at_20_cm(camera: VirtualCamera, kind: str) -> None:
    camera.show(_picture((200, 100), kind=kind))

    left, top, right, bottom = _paper_box(camera.frame())

    assert 260 <= right - left <= 420
    assert (right - left) / (bottom - top) == pytest.approx(2, rel=0.05)
    assert abs((left + right) / 2 - 640) <= 10
    assert abs((top + bottom) / 2 - 360) <= 10


def test_a_coupon_held_too_near_is_scaled_into_the_frame(camera: VirtualCamera) -> None:
    camera.show(_picture((100, 300)), size_mm=500)

    _, top, _, bottom = _paper_box(camera.frame())

    assert bottom - top >= 710


def test_transparent_parts_are_paper(camera: VirtualCamera) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(out, "PNG")

    camera.show(out.getvalue())

    _paper_box(camera.frame())


def test_a_cleared_camera_shows_the_wall_again(camera: VirtualCamera) -> None:
    camera.show(_picture())
    camera.clear()

    brightest = Image.open(io.BytesIO(camera.frame())).convert("L").getextrema()[1]

    assert isinstance(brightest, int)
    assert brightest < 180


def _png_of_claimed_size(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body


@pytest.mark.parametrize(
    "attack",
    [
        b"",
        b"no image at all",
        b"\x89PNG\r\n\x1a\n" + bytes(50),
        b"\xff\xd8\xff\xe0" + bytes(50),
        _picture()[:60],
        _picture((400, 400), kind="JPEG")[:500],
        _png_of_claimed_size(30_000, 30_000),
        _png_of_claimed_size(8_000, 8_000),
        _png_of_claimed_size(0, 0),
        _picture((2000, 2)),
        _picture(kind="GIF"),
        bytes(MAX_IMAGE_BYTES + 1),
    ],
    ids=[
        "nothing", "text", "torn-png", "torn-jpeg", "half-a-png", "half-a-jpeg",
        "bomb", "large", "no-pixels", "a-thread", "gif", "too-many-bytes",
    ],
)  # fmt: skip
def test_bytes_that_are_no_coupon_are_refused_and_the_picture_stays(camera: VirtualCamera, attack: bytes) -> None:
    camera.show(_picture())

    with pytest.raises(UnusableImage) as refused:
        camera.show(attack)

    assert isinstance(refused.value, ValueError)
    assert str(refused.value)
    _paper_box(camera.frame())


def test_readers_are_counted_while_they_read(camera: VirtualCamera) -> None:
    assert camera.clients == 0
    with _open(camera), _open(camera):
        assert camera.wait_for_clients(2, timeout_s=PATIENCE_S)
    assert camera.wait_for_clients(0, timeout_s=PATIENCE_S)


def test_a_pulled_cable_cuts_the_stream_and_refuses_new_readers(camera: VirtualCamera) -> None:
    with _open(camera) as stream:
        _next_jpeg(stream)
        camera.unplug()
        with pytest.raises((ConnectionError, urllib.error.URLError)):
            _read_on(stream)
    assert camera.clients == 0
    with pytest.raises(urllib.error.URLError):
        _open(camera)


def test_a_camera_plugged_in_again_serves_at_the_same_address(camera: VirtualCamera) -> None:
    url = camera.url
    for _ in range(3):
        camera.unplug()
        camera.unplug()
        camera.plug()
        camera.plug()
        with _open(camera) as stream:
            assert _next_jpeg(stream)

    assert camera.url == url


def test_a_request_for_anything_else_is_not_answered_with_pictures(camera: VirtualCamera) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(camera.url.replace("stream.mjpg", "../etc/passwd"), timeout=PATIENCE_S)


def test_a_reader_that_does_not_read_holds_up_neither_the_others_nor_the_cable(camera: VirtualCamera) -> None:
    with _open(camera), _open(camera) as lively:
        for _ in range(60):
            _next_jpeg(lively)
        camera.unplug()
        assert camera.clients == 0


def test_a_closed_camera_leaves_no_thread_and_can_be_closed_again() -> None:
    before = set(threading.enumerate())
    camera = VirtualCamera()
    with _open(camera) as stream:
        _next_jpeg(stream)
        camera.close()
    camera.close()
    camera.plug()

    assert not camera.plugged
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_a_port_that_is_taken_is_an_error(camera: VirtualCamera) -> None:
    taken = int(camera.url.split(":")[2].split("/")[0])

    with pytest.raises(OSError, match="in use"):
        VirtualCamera(port=taken)

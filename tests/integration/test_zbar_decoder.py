"""The real decoder on pictures of the virtual camera: the three symbologies, wherever they are in the frame."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
import segno
from PIL import Image

from firmware.hal.drivers import opencv_camera
from firmware.hal.drivers.sightings import Code
from firmware.hal.drivers.zbar_decoder import read_codes
from hw_sim.camera import VirtualCamera

# The bars of EAN-13: a digit's left-hand pattern; the right-hand one is its complement, and a left-hand
# one of even parity the right-hand one backwards. The first digit is in the parities.
EAN_LEFT = [
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
]
EAN_PARITIES_OF_4 = "OEOOEE"
EAN_TEXT = "4006381333931"

# Code 128, set C: start, 12, 04, 00, 00, check (105 + 1*12 + 2*4 modulo 103 = 22), stop; widths of bars and gaps.
CODE_128_WIDTHS = "211232" + "112232" + "121322" + "212222" + "212222" + "223112" + "2331112"
CODE_128_TEXT = "12040000"


@pytest.fixture(scope="module")
def camera() -> Iterator[VirtualCamera]:
    camera = VirtualCamera()
    yield camera
    camera.close()


def _ean_13(text: str) -> str:
    right = {digit: "".join("10"[int(bar)] for bar in EAN_LEFT[digit]) for digit in range(10)}
    halves = [
        (EAN_LEFT if parity == "O" else {d: right[d][::-1] for d in right})[int(digit)]
        for digit, parity in zip(text[1:7], EAN_PARITIES_OF_4, strict=True)
    ]
    return "101" + "".join(halves) + "01010" + "".join(right[int(digit)] for digit in text[7:]) + "101"


def _code_128(widths: str) -> str:
    return "".join("10"[n % 2] * int(width) for n, width in enumerate(widths))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _bars(modules: str) -> Image.Image:
    row = np.array([255 * (module == "0") for module in "0" * 12 + modules + "0" * 12], np.uint8)
    return Image.fromarray(np.tile(np.repeat(row, 8), (400, 1)))


def _qr(text: str) -> Image.Image:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=8)
    return Image.open(out).convert("L")


def _read(camera: VirtualCamera) -> list[Code]:
    grey = opencv_camera.grey(np.frombuffer(camera.frame(), np.uint8).reshape(1, -1))
    assert grey is not None
    return read_codes(grey)


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (_qr("COUPON 1"), Code("COUPON 1", "qr")),
        (_bars(_code_128(CODE_128_WIDTHS)), Code(CODE_128_TEXT, "code-128")),
        (_bars(_ean_13(EAN_TEXT)), Code(EAN_TEXT, "ean-13")),
    ],
    ids=["qr", "code-128", "ean-13"],
)
def test_each_of_our_symbologies_is_read_from_60_mm_at_20_cm(
    camera: VirtualCamera, picture: Image.Image, code: Code
) -> None:
    camera.show(_png(picture))

    assert _read(camera) == [code]


def test_a_code_at_the_edge_of_the_frame_is_read(camera: VirtualCamera) -> None:
    page = Image.new("L", (1280, 720), "white")
    page.paste(_qr("EDGE").resize((200, 200)), (20, 260))
    camera.show(_png(page), size_mm=200)

    assert _read(camera) == [Code("EDGE", "qr")]


def test_an_ean_13_with_a_wrong_check_digit_is_not_read(camera: VirtualCamera) -> None:
    camera.show(_png(_bars(_ean_13(EAN_TEXT[:-1] + "2"))))

    assert _read(camera) == []


def test_an_empty_wall_has_no_codes(camera: VirtualCamera) -> None:
    camera.clear()

    assert _read(camera) == []

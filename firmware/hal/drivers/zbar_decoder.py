"""Barcodes of a grey picture, by zbar.

Decides which symbologies exist for us and which payloads are let through. Whether a code that was
read is to be believed is not decided here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyzbar import pyzbar

from firmware.hal.drivers.sightings import Code

# With every symbology on, zbar prints assertions and invents Interleaved 2 of 5 in plain text.
_SYMBOLOGIES = {"QRCODE": "qr", "CODE128": "code-128", "EAN13": "ean-13"}
_SYMBOLS = [pyzbar.ZBarSymbol[name] for name in _SYMBOLOGIES]

# A coupon is held to the middle, and this part takes half the time: 800x600 of 1280x720.
_MIDDLE_WIDTH = 5 / 8
_MIDDLE_HEIGHT = 5 / 6


def read_codes(grey: NDArray[np.uint8]) -> list[Code]:
    """The codes in the middle of the picture, or, if there are none, those in all of it.

    Raises `pyzbar.PyZbarError` where zbar refuses the picture.
    """
    return _decode(_middle(grey)) or _decode(grey)


def _middle(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = grey.shape
    top = round(height * (1 - _MIDDLE_HEIGHT) / 2)
    left = round(width * (1 - _MIDDLE_WIDTH) / 2)
    return grey[top : height - top, left : width - left]


def _decode(grey: NDArray[np.uint8]) -> list[Code]:
    codes = []
    for symbol in pyzbar.decode(grey, symbols=_SYMBOLS):
        text = _text(symbol.data)
        if text and symbol.type in _SYMBOLOGIES:
            codes.append(Code(text, _SYMBOLOGIES[symbol.type]))
    return codes


def _text(data: bytes) -> str | None:
    """The payload, or None if it is not ASCII: zbar guesses the encoding of anything else, and mangles it."""
    return data.decode("ascii") if data.isascii() else None

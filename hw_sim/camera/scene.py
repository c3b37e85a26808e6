"""What the virtual camera sees: a coupon before a grey wall, and the noise of a sensor.

Decides how large a coupon appears and which pictures are refused. Knows no network and no thread;
rendering the same scene twice never gives the same picture, as no real sensor does.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hw_sim.camera.errors import UnusableImage

# A webcam with a field of view of about 50 degrees sees 19 cm of the world in 1280 pixels at 20 cm.
PIXELS_PER_MM = 6.7
DEFAULT_SIZE_MM = 60

MAX_IMAGE_BYTES = 16 * 1024 * 1024
MAX_IMAGE_PIXELS = 30_000_000
# A picture narrower than this vanishes when it is scaled to a coupon.
MAX_ASPECT = 50

_GREY = 118
_NOISE_SIGMA = 2.5
_NOISE_LIMIT = 8
# The noise is one large tile, seen through a window that moves: drawing a million random numbers for
# each frame costs more than compressing it.
_TILE_MARGIN = 256
_TILE_OFFSETS = _TILE_MARGIN * _TILE_MARGIN
# Any odd stride visits every offset of a power of two once, and neighbours in time lie far apart.
_OFFSET_STRIDE = 40_503
_JPEG_QUALITY = 85

Plane = NDArray[np.uint8]


def load_coupon(image: bytes) -> Image.Image:
    """The picture as RGB, upright, on white where it is transparent. Raises `UnusableImage`."""
    if len(image) > MAX_IMAGE_BYTES:
        raise UnusableImage(f"the image has {len(image)} bytes, at most {MAX_IMAGE_BYTES} are taken")
    try:
        opened = Image.open(io.BytesIO(image), formats=("PNG", "JPEG"))
        # The size comes from the header: nothing is unpacked before it is known to be sensible.
        _check_size(*opened.size)
        # Pillow turns the picture by its EXIF entry; phones write one.
        upright = ImageOps.exif_transpose(opened)
        return _flattened(upright if upright is not None else opened)
    except UnusableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableImage("the image is absurdly large once unpacked") from error
    except (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error, zlib.error) as error:
        raise UnusableImage("these bytes are no readable PNG or JPEG image") from error


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_IMAGE_PIXELS:
        raise UnusableImage(f"the image is {width}x{height}, at most {MAX_IMAGE_PIXELS} pixels are taken")
    if width < 1 or height < 1 or max(width, height) > MAX_ASPECT * min(width, height):
        raise UnusableImage(f"an image of {width}x{height} is no coupon")


def _flattened(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, "white")
    paper.alpha_composite(rgba)
    return paper.convert("RGB")


class Scene:
    """One view of the camera, with or without a coupon. Not thread-safe: one caller renders at a time."""

    def __init__(self, size: tuple[int, int], *, seed: int = 0) -> None:
        self._size = size
        self._rng = np.random.default_rng(seed)
        self._tile = self._new_tile()
        self._rendered = 0
        self._luma, self._chroma = self._planes(None, size_mm=DEFAULT_SIZE_MM)

    def hold(self, coupon: Image.Image | None, *, size_mm: int = DEFAULT_SIZE_MM) -> None:
        """Put `coupon` before the camera, its longer side `size_mm` long; None takes it away."""
        self._luma, self._chroma = self._planes(coupon, size_mm=size_mm)

    def render(self) -> bytes:
        """The next frame as JPEG."""
        planes = (Image.fromarray(self._luma + self._next_noise()), *self._chroma)
        out = io.BytesIO()
        Image.merge("YCbCr", planes).save(out, "JPEG", quality=_JPEG_QUALITY)
        return out.getvalue()

    def _planes(self, coupon: Image.Image | None, *, size_mm: int) -> tuple[Plane, tuple[Image.Image, Image.Image]]:
        view = Image.new("RGB", self._size, (_GREY, _GREY, _GREY))
        if coupon is not None:
            side = max(1, round(size_mm * PIXELS_PER_MM))
            seen = ImageOps.contain(coupon, (min(side, self._size[0]), min(side, self._size[1])))
            view.paste(seen, ((self._size[0] - seen.width) // 2, (self._size[1] - seen.height) // 2))
        luma, blue, red = view.convert("YCbCr").split()
        # The noise is added modulo 256, so black and white leave room for it.
        clipped = np.clip(np.asarray(luma), 0, 255 - 2 * _NOISE_LIMIT)
        return clipped.astype(np.uint8), (blue, red)

    def _new_tile(self) -> Plane:
        shape = (self._size[1] + _TILE_MARGIN, self._size[0] + _TILE_MARGIN)
        noise = self._rng.normal(_NOISE_LIMIT, _NOISE_SIGMA, shape)
        return np.clip(np.rint(noise), 0, 2 * _NOISE_LIMIT).astype(np.uint8)

    def _next_noise(self) -> Plane:
        if self._rendered and self._rendered % _TILE_OFFSETS == 0:
            self._tile = self._new_tile()
        down, right = divmod(self._rendered * _OFFSET_STRIDE % _TILE_OFFSETS, _TILE_MARGIN)
        self._rendered += 1
        return self._tile[down : down + self._size[1], right : right + self._size[0]]

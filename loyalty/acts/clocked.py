"""Acts that are dated by a wall clock."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Clocked(msgspec.Struct, frozen=True, kw_only=True):
    """An act of which something counts by days or months. `zone` is the IANA time zone that they are counted in: the
    branch's, or that of the company's books when it was done. Empty: it is not said yet, or was not kept."""

    zone: Annotated[str, Meta(max_length=64)] = ""

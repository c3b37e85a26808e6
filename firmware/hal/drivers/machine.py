"""Which machine this is: a name that does not move with its disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

#: The Raspberry Pi's serial number, the mainboard's, and the number of an installation: the best that can be read.
#: The last is on the disk, and goes with a copy of it; it is for machines that show nothing else.
_SOURCES = (
    Path("/sys/firmware/devicetree/base/serial-number"),
    Path("/sys/class/dmi/id/product_uuid"),
    Path("/etc/machine-id"),
)


def machine_id(sources: tuple[Path, ...] = _SOURCES) -> str | None:
    """A short name of this machine that tells nothing else of it; None where nothing can be read."""
    for source in sources:
        try:
            serial = source.read_bytes().strip(b"\0 \n")
        except OSError:
            continue
        if serial:
            return hashlib.sha256(b"tapbon/1/machine\0" + source.name.encode() + b"\0" + serial).hexdigest()[:32]
    return None

"""Prints the OpenAPI description: `python -m backend_bridge.central.api.describe`. It needs no installation."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import msgspec

from backend_bridge.central import configure


def main() -> int:
    """Write the description to standard output."""
    with tempfile.TemporaryDirectory() as directory:
        configure(Path(directory))
        from backend_bridge.central.api.urls import description

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(description(), order="sorted")).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

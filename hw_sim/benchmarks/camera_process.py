"""The emulated camera in a process of its own: prints its address, then shows each picture that it is given.

    python -m hw_sim.benchmarks.camera_process FRAMES_PER_SECOND

A line on stdin is a PNG in hexadecimal digits.
"""

from __future__ import annotations

import sys

from hw_sim.camera import VirtualCamera


def main() -> int:
    """Run until stdin ends."""
    camera = VirtualCamera(fps=int(sys.argv[1]))
    sys.stdout.write(camera.url + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        camera.show(bytes.fromhex(line))
    camera.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

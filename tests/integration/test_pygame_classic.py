"""The screen keeps to what pygame 2.6.1 has too, so that a terminal can be moved between the two.

pygame and pygame-ce cannot be installed together: the other one gets an environment of its own, made
once beside the one that runs the tests.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / f".venv-pygame-classic-{sys.version_info.major}.{sys.version_info.minor}"
WANTED = Path(__file__).with_name("pygame-classic.txt")
#: What the screen needs besides, in the versions of the terminal's lock file.
LOCKED = ("babel", "msgspec", "cryptography", "cffi", "pycparser", "typing-extensions", "tzdata")
#: What pip says when the machine is to blame and not the code.
UNREACHABLE = (
    *("No matching distribution", "Could not find a version", "Failed to establish", "Temporary failure"),
    *("timed out", "Max retries exceeded", "Connection aborted", "Connection reset", "HTTP error 5", "incomplete"),
)

DRAW = """
import pygame
from kiosk_ui.samples import NOW_MS, samples
from kiosk_ui.window import KioskWindow
from firmware.terminal.events import DonePressed

assert not getattr(pygame, "IS_CE", False) and pygame.version.ver == "2.6.1", pygame.version.ver
window = KioskWindow(motion=True)
for name in ("idle", "balance", "refused_coupon_used"):
    assert window.show(samples()[name], at_ms=NOW_MS)
    assert window.tree()["screen"] == name.split("_")[0]
    picture = pygame.display.get_surface()
    assert len({tuple(picture.get_at((x, y))) for x in range(0, 1024, 8) for y in range(0, 600, 8)}) > 20, name
    assert window.png().startswith(b"\\x89PNG")
done = next(node for node in window.tree()["nodes"] if node["label"] == "Done")
x, y, w, h = done["rect"]
window.inject_touch(x + w // 2, y + h // 2)
assert window.pump() == [DonePressed()]
window.close()
print("drawn")
"""


def locked() -> str:
    """The lines of the lock file for what is needed here."""
    text = (ROOT / "requirements" / "terminal.txt").read_text()
    entries = re.split(r"\n(?=\S)", text)
    return "\n".join(entry for entry in entries if re.split(r"[=\s]", entry)[0] in LOCKED)


def python_with_pygame_classic() -> Path:
    """The other environment's Python, made if need be; skips where it cannot be had."""
    wanted = WANTED.read_text() + locked() + "\n"
    stamp = ENVIRONMENT / "complete"
    python = ENVIRONMENT / "bin" / "python"
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return python
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    (ENVIRONMENT / "wanted.txt").write_text(wanted)
    options = [
        "--quiet",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--requirement",
        str(ENVIRONMENT / "wanted.txt"),
    ]
    try:
        made = subprocess.run(
            [python, "-m", "pip", "install", *options], capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("pygame 2.6.1 does not come within five minutes here")
    if made.returncode and any(sign in made.stderr for sign in UNREACHABLE):
        pytest.skip(f"pygame 2.6.1 cannot be had here for this Python: {made.stderr.strip().splitlines()[-1]}")
    assert made.returncode == 0, made.stderr
    stamp.write_text(digest)
    return python


def test_the_screen_draws_with_pygame_2_6_1() -> None:
    drawn = subprocess.run(
        [python_with_pygame_classic(), "-c", DRAW],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
        cwd=ROOT,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy", "PYTHONPATH": str(ROOT)},
    )
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout.endswith("drawn\n")

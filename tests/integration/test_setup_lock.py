"""Two `make` in one checkout: the second one waits for the first, says so, and makes nothing again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[2] / "tools" / "setup.sh"
#: Stands for Python: making an environment takes until somebody writes into the pipe, and each time is noted.
PYTHON = """#!/bin/sh
case "$1 $2" in
    "--version "*) echo "Python 3.11.0" ;;
    "-m venv")
        echo made >>"$CHECKOUT/made"
        cat "$CHECKOUT/pipe" >/dev/null
        mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
esac
"""


class Checkout:
    """A checkout whose environment is not made yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "tools").mkdir()
        shutil.copy(SETUP, root / "tools")
        (root / "lock.txt").write_text("nothing\n")
        (root / "python").write_text(PYTHON)
        (root / "python").chmod(0o755)
        os.mkfifo(root / "pipe")

    def set_up(self) -> subprocess.Popen[str]:
        """Begin to set up."""
        return subprocess.Popen(
            [self.root / "tools" / "setup.sh", self.root / "python", self.root / "env", self.root / "lock.txt"],
            env={**os.environ, "CHECKOUT": str(self.root)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def let_go(self) -> None:
        """Let an environment be finished; waits until one is being made."""
        (self.root / "pipe").write_text("")

    @property
    def made(self) -> int:
        """How often an environment was begun."""
        return len((self.root / "made").read_text().splitlines())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def said(setting_up: subprocess.Popen[str]) -> str:
    """The next line."""
    assert setting_up.stderr is not None
    return setting_up.stderr.readline()


def test_the_second_make_waits_and_says_so_and_makes_nothing_again(checkout: Checkout) -> None:
    first = checkout.set_up()
    assert "making" in said(first)
    second = checkout.set_up()
    assert "another make is setting up this checkout; waiting" in said(second)

    checkout.let_go()

    assert (first.communicate()[1], second.communicate()[1]) == ("", "")
    assert (first.returncode, second.returncode, checkout.made) == (0, 0, 1)


def test_a_make_that_was_killed_keeps_nobody_waiting(checkout: Checkout) -> None:
    first = checkout.set_up()
    assert "making" in said(first)
    second = checkout.set_up()
    assert "waiting" in said(second)

    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()

    assert "making" in said(second)
    checkout.let_go()
    assert (second.communicate()[1], second.returncode) == ("", 0)

"""The commands of recovery, with their arguments. What they do is `recovery.commands`; this imports no Django."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def _file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="the backup")


def _reason(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", required=True, metavar="TEXT", help="how the database was put back")


def _journal(command: argparse.ArgumentParser) -> None:
    command.add_argument("--terminal", required=True, metavar="ID", help="whose journal it is")
    command.add_argument("file", type=Path, metavar="FILE", help="the terminal's database, or exported batches")
    command.add_argument(
        "--although-in-use",
        action="store_true",
        help="the terminal was heard of in the last 24 hours, and does not write this journal any more",
    )


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "backup": ("Write the database to a new file, while it is in use.", _file),
    "restore": ("Put a backup back and begin a generation: terminals send their journals again.", _file),
    "begin-generation": ("Say that the database was put back by other means than restore.", _reason),
    "recover-journal": ("Apply what is in a journal that was found on a terminal's disk.", _journal),
}

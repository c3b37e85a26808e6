"""The commands of clearing, with their arguments. What they do is `clearing.commands`; this imports no Django."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def _close(command: argparse.ArgumentParser) -> None:
    command.add_argument("--month", required=True, metavar="YYYY-MM", help="a month that has ended everywhere")


def _statement(command: argparse.ArgumentParser) -> None:
    command.add_argument("--company", required=True, metavar="COMPANY", help="the id of the company")
    command.add_argument("--month", required=True, metavar="YYYY-MM", help="closed or not")
    command.add_argument(
        "--format", choices=("csv", "json"), default="csv", help="csv (decimals) or json (minor units)"
    )
    command.add_argument("--output", type=Path, metavar="FILE", help="write it here; without: to standard output")


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "close-month": ("Close a month of clearing for good; prints who pays whom.", _close),
    "clearing-statement": ("A company's statement of a month of clearing.", _statement),
}

"""The commands about vouchers."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable


def _nothing(_command: argparse.ArgumentParser) -> None:
    """A command without arguments of its own."""


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "expire-vouchers": ("End the vouchers whose last day is over everywhere; to be run daily.", _nothing),
}


def run(_options: argparse.Namespace, *, at: dt.datetime) -> str:
    """Do it at the instant `at`; a sentence for people."""
    from backend_bridge.central.vouchers.services.expiring import expire_vouchers

    return f"{expire_vouchers(at).count} vouchers have expired"

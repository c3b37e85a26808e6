"""Runs one real terminal.

python -m kiosk_ui keygen --data DIR     make the terminal's signing key, print its public half
python -m kiosk_ui run --config FILE     run the terminal
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from firmware.fleet.identity import IdentityError, create_key
from firmware.hal.errors import HardwareError
from firmware.journal.errors import JournalError
from kiosk_ui.configuration import ConfigurationError, load
from kiosk_ui.errors import KioskError

log = logging.getLogger("kiosk_ui")


def main() -> int:
    """Run the command line; the exit code."""
    arguments = _arguments()
    logging.basicConfig(level=arguments.log_level, format="%(created).6f %(levelname)s %(name)s: %(message)s")
    try:
        if arguments.command == "keygen":
            sys.stdout.write(create_key(arguments.data).public.hex() + "\n")
        else:
            _run(arguments.config)
    except (ConfigurationError, IdentityError, JournalError, HardwareError, KioskError) as error:
        log.error("%s", error)
        return 2
    return 0


def _run(configuration: Path) -> None:
    # pygame greets on stdout when it is imported, unless it is told not to.
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from kiosk_ui.composition import run

    run(load(configuration))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m kiosk_ui", description="One Tapbon terminal.")
    parser.add_argument(
        "--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"], help="how much is logged"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    keygen = commands.add_parser("keygen", help="make this terminal's signing key and print its public half")
    keygen.add_argument("--data", type=Path, required=True, help="the terminal's data directory")
    running = commands.add_parser("run", help="run the terminal")
    running.add_argument("--config", type=Path, required=True, help="the terminal's configuration (JSON)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

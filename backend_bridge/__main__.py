"""The central system's commands: `python -m backend_bridge COMMAND --data DIR`."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import time
from pathlib import Path

from backend_bridge.central import commands
from backend_bridge.central.clearing.options import COMMANDS as CLEARING
from backend_bridge.central.errors import CentralError
from backend_bridge.central.recovery.options import COMMANDS as RECOVERY
from backend_bridge.central.setting_up.options import COMMANDS as SETTING_UP
from backend_bridge.link.errors import LinkError
from backend_bridge.serving import ServingError, load, serve


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status: 0 done, 1 refused or books wrong, 2 misused."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "serve":
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
            serve(load(options.config))
            return 0
        return commands.run(options, now_ms=time.time_ns() // 1_000_000)
    except (CentralError, ServingError, LinkError) as error:
        sys.stderr.write(f"backend_bridge: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend_bridge", description="The central system of Tapbon.")
    subcommands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, told in commands.COMMANDS.items():
        command = subcommands.add_parser(name, help=told, description=told)
        command.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data directory")
        if name in SETTING_UP:
            SETTING_UP[name][1](command)
        if name in CLEARING:
            CLEARING[name][1](command)
        if name in RECOVERY:
            RECOVERY[name][1](command)
        if name == "register-terminal":
            command.add_argument("--terminal", required=True, metavar="ID", help="1 to 48 of a-z, 0-9 and -")
            command.add_argument("--branch", required=True, metavar="BRANCH", help="the id of the branch it stands in")
            command.add_argument("--public", required=True, metavar="HEX", help="its public key, 64 hex digits")
        if name == "issue-coupons":
            command.add_argument("--pool", required=True, metavar="POOL", help="a company's own pool")
            command.add_argument("--points", type=int, required=True, help="what each coupon gives")
            command.add_argument("--count", type=int, required=True, help="how many")
            command.add_argument("--last-day", type=dt.date.fromisoformat, help="YYYY-MM-DD; none: they do not expire")
            command.add_argument("--batch", default="", help="a name for the batch")
    serving = subcommands.add_parser("serve", help="run desk, link, rules listener and office")
    serving.add_argument("--config", type=Path, required=True, metavar="FILE", help="its configuration (JSON)")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The commands about API keys, with their arguments and what they do."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable

from backend_bridge.central.api.scopes import SCOPES


def _create(command: argparse.ArgumentParser) -> None:
    command.add_argument("--company", required=True, metavar="COMPANY", help="the id of the company")
    command.add_argument("--client", required=True, help="a name for the system that gets the key; a-z, 0-9 and -")
    command.add_argument(
        "--scopes", required=True, help="such as points:read,points:award; known: " + ", ".join(SCOPES)
    )
    command.add_argument("--channel", default="terminal", choices=("terminal", "webshop"), help="where it redeems")
    command.add_argument("--branch", metavar="BRANCH", help="the branch that is meant where a request names none")
    command.add_argument("--last-day", type=dt.date.fromisoformat, help="YYYY-MM-DD; none: it does not expire")
    command.add_argument("--per-second", type=int, default=50, help="calls a second in the long run (50)")


def _revoke(command: argparse.ArgumentParser) -> None:
    command.add_argument("--key", required=True, metavar="ID", help="the middle part of the key")


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "create-api-key": ("Make an API key for a company's other system; prints it, this once.", _create),
    "revoke-api-key": ("Let an API key open nothing from now on.", _revoke),
}


def run(options: argparse.Namespace, *, at: dt.datetime) -> str:
    """Do what `options` ask for; a line for people. Raises `CentralError`."""
    from backend_bridge.central.api import keys

    if options.command == "revoke-api-key":
        return "the key is revoked" if keys.revoke(options.key, at=at) else "the key was revoked already"
    end = None
    if options.last_day is not None:
        end = dt.datetime.combine(options.last_day + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)
    made = keys.create(
        company=options.company,
        client=options.client,
        scopes=[one for one in options.scopes.split(",") if one],
        channel=options.channel,
        branch=options.branch,
        expires_at=end,
        per_second=options.per_second,
        at=at,
    )
    return made.token

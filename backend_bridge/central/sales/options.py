"""The commands about sales."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable

from loyalty.reversal.taking_back import SpentPolicy


def _policy(command: argparse.ArgumentParser) -> None:
    command.add_argument("--company", required=True, metavar="COMPANY", help="the id of the company")
    command.add_argument(
        "--policy",
        required=True,
        choices=[policy.value for policy in SpentPolicy],
        help="absorb: they are owed, and later points fill it; within_balance: they are forgiven; "
        "refuse: the receipt is not reversed",
    )


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "set-reversal-policy": ("Choose what a company does where points that come back are spent already.", _policy),
}


def run(options: argparse.Namespace, *, at: dt.datetime) -> str:
    """Do it; a sentence for people. Raises `CentralError`."""
    from backend_bridge.central.sales.terms import set_policy

    set_policy(SpentPolicy(options.policy), company=options.company)
    return f"{options.company} reverses by {options.policy} from now on"

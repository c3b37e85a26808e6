"""The commands that set an installation up, with their arguments. What they do is `setting_up.commands`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from backend_bridge.central.api.options import COMMANDS as API_KEYS
from backend_bridge.central.customers.families import FAMILIES
from backend_bridge.central.imports.options import COMMANDS as IMPORTS
from backend_bridge.central.sales.options import COMMANDS as SALES
from backend_bridge.central.vouchers.options import COMMANDS as VOUCHERS

_UID = "the card's number, 8, 14 or 20 hex digits; - reads it from standard input"


def _programme(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="what customers and companies read")


def _company(command: argparse.ArgumentParser) -> None:
    command.add_argument("--id", required=True, help="1 to 48 of a-z, 0-9 and -; cannot be changed later")
    command.add_argument("--number", type=int, required=True, help="its number in coupon codes, 1 to 32767")
    command.add_argument("--name", required=True, help="what customers read")
    command.add_argument("--currency", required=True, help="such as EUR; cannot be changed later")
    command.add_argument("--colour", default="#9a3412", help="of its screens, such as #9a3412")
    command.add_argument("--languages", default="en", help="of its screens, such as en,cs")


def _branch(command: argparse.ArgumentParser) -> None:
    command.add_argument("--company", required=True, metavar="COMPANY", help="the id of the company")
    command.add_argument("--id", required=True, help="1 to 48 of a-z, 0-9 and -; cannot be changed later")
    command.add_argument("--name", required=True, help="what staff read")
    command.add_argument("--timezone", required=True, help="such as Europe/Amsterdam")


def _pool(command: argparse.ArgumentParser) -> None:
    command.add_argument("--id", required=True, help="1 to 48 of a-z, 0-9 and -; cannot be changed later")
    command.add_argument("--name", required=True, help="its English name; others: in the office")
    owner = command.add_mutually_exclusive_group(required=True)
    owner.add_argument("--company", metavar="COMPANY", help="the company whose own points these are")
    owner.add_argument("--network", metavar="CURRENCY", help="points of all companies with this currency")
    command.add_argument("--point-value", type=int, default=1, help="minor units that a point is worth (1)")
    command.add_argument("--minimum", type=int, default=0, help="the balance below which nothing is spent (0)")


def _office_user(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="the name to log in with")
    command.add_argument("--company", metavar="COMPANY", help="whose rows the user sees; without: everything")
    command.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input; without: one is made and written to a file",
    )


def _allow(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="the user's name")
    command.add_argument("--company", required=True, metavar="COMPANY", help="one more that the user may act for")


def _customer(command: argparse.ArgumentParser) -> None:
    command.add_argument("--username", required=True, help="2 to 60 of a-z, 0-9 and . _ -")
    command.add_argument("--display-name", default="", help="what screens greet the customer with")


def _issue(command: argparse.ArgumentParser) -> None:
    command.add_argument("--username", required=True, help="the customer who gets the card")
    command.add_argument("--uid", required=True, metavar="HEX", help=_UID)
    command.add_argument("--family", required=True, choices=FAMILIES, help="what kind of card it is")


def _block(command: argparse.ArgumentParser) -> None:
    command.add_argument("--uid", required=True, metavar="HEX", help=_UID)


def _replace(command: argparse.ArgumentParser) -> None:
    command.add_argument("--old-uid", required=True, metavar="HEX", help="the number of the lost card; - as below")
    command.add_argument("--new-uid", required=True, metavar="HEX", help=_UID)
    command.add_argument("--family", choices=FAMILIES, help="of the new card; without: as the old one")


def _nothing(_command: argparse.ArgumentParser) -> None:
    """A command without arguments of its own."""


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "create-programme": ("Make the programme: the first thing after init.", _programme),
    "create-company": ("Make a company and its key for coupons.", _company),
    "create-branch": ("Make a branch of a company.", _branch),
    "create-pool": ("Make a kind of points, a company's own or the network's.", _pool),
    "create-office-user": ("Make a user of the office: an operator, or one of a company's staff.", _office_user),
    "allow-company": ("Let a company's user act for one more company.", _allow),
    "enrol-customer": ("Add a customer.", _customer),
    "issue-card": ("Give a card to a customer.", _issue),
    "block-card": ("Block a card that was lost.", _block),
    "replace-card": ("Block a customer's card and give them another one; points stay.", _replace),
    "expire-invitations": ("Give points back whose invitation was not accepted in time; to be run daily.", _nothing),
    **IMPORTS,
    **VOUCHERS,
    **API_KEYS,
    **SALES,
}

"""Runs one command of `setting_up.options`; what it says when it is done."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import sys

from backend_bridge.central.api import options as api_keys
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.imports import options as imports
from backend_bridge.central.sales import options as sales
from backend_bridge.central.setting_up import cards, people, programme
from backend_bridge.central.setting_up.rows import check_up_to_date
from backend_bridge.central.vouchers import options as vouchers


def run(options: argparse.Namespace, directory: DataDir, *, at: dt.datetime) -> str:
    """Do what `options` ask for, at the instant `at`; a sentence for people. Raises `CentralError`."""
    check_up_to_date()
    command: str = options.command
    for others in (api_keys, vouchers, imports, sales):
        if command in others.COMMANDS:
            return str(others.run(options, at=at))
    if command.startswith("create-"):
        return _create(command, options, directory)
    if command in ("enrol-customer", "allow-company", "expire-invitations"):
        return _people(command, options, at=at)
    return _card(command, options, directory, at=at)


def _create(command: str, options: argparse.Namespace, directory: DataDir) -> str:
    if command == "create-programme":
        made = programme.create_programme(name=options.name)
        return _told(f"the programme {options.name!r}", made=made)
    if command == "create-office-user":
        password = _line("password: ") if options.password_stdin else None
        file = people.create_office_user(directory, name=options.name, company=options.company, password=password)
        return f"the user {options.name} was made" + ("" if file is None else f"; the password is in {file}")
    if command == "create-company":
        made = programme.create_company(
            directory,
            company=options.id,
            number=options.number,
            name=options.name,
            currency=options.currency,
            colour=options.colour,
            languages=[one for one in options.languages.split(",") if one],
        )
        return _told(f"the company {options.id}, with its key for coupons,", made=made)
    if command == "create-branch":
        made = programme.create_branch(
            company=options.company, branch=options.id, name=options.name, timezone=options.timezone
        )
        return _told(f"the branch {options.id}", made=made)
    made = programme.create_pool(
        pool=options.id,
        name=options.name,
        company=options.company,
        network=options.network,
        point_value=options.point_value,
        minimum=options.minimum,
    )
    return _told(f"the pool {options.id}", made=made)


def _people(command: str, options: argparse.Namespace, *, at: dt.datetime) -> str:
    if command == "expire-invitations":
        return f"{people.expire_invitations(at=at)} invitations have expired"
    if command == "allow-company":
        made = people.allow_company(name=options.name, company=options.company)
        return f"{options.name} may act for {options.company}" + ("" if made else " already")
    made = people.enrol_customer(username=options.username, display_name=options.display_name, at=at)
    return _told(f"the customer {options.username.strip().lower()}", made=made)


def _card(command: str, options: argparse.Namespace, directory: DataDir, *, at: dt.datetime) -> str:
    if command == "issue-card":
        uid = _typed(options.uid)
        token = cards.issue_card(directory, username=options.username, uid=uid, family=options.family, at=at)
        return f"{options.username} has the card {token}"
    if command == "block-card":
        done = cards.block_card(directory, uid=_typed(options.uid), at=at)
        return "the card is blocked" if done else "the card was blocked already"
    old, new = _typed(options.old_uid), _typed(options.new_uid)
    done = cards.replace_card(directory, old_uid=old, new_uid=new, family=options.family, at=at)
    return "the new card is issued, the old one is blocked" if done else "this was done already"


def _told(what: str, *, made: bool) -> str:
    return f"{what} was made" if made else f"{what} was there already"


def _typed(uid: str) -> str:
    """A number from the command line, or the next line of standard input: that leaves no trace in a shell."""
    return _line("card number: ") if uid == "-" else uid


def _line(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\r\n")

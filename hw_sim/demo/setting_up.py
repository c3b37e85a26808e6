"""Setting up the demo's data once: certificates, ledger, demo content, the terminal's identity.

Decides the order, and that a setting up that was interrupted begins anew: until it is complete, nothing
of value can have been booked. What the demo shows is decided by the central system's `seed-demo`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.database import POSTGRES_VARIABLE
from backend_bridge.pki.authority import Authority
from backend_bridge.pki.files import PRIVATE_FILE, PUBLIC_FILE, make_private_directory, write_whole
from hw_sim.demo.children import Children
from hw_sim.demo.layout import Layout
from hw_sim.demo.log_file import LogFile

TERMINAL = "utrecht-1"
BRANCH = "utrecht-centraal"
OFFICE_USER = "office"

Say = Callable[[str], None]


def set_up(layout: Layout, *, children: Children, log: LogFile, say: Say, owner: str | None = None) -> None:
    """Everything that is there before anything runs. Raises `ProgramFailed`.

    `owner` is the conninfo of the role that makes the tables on a PostgreSQL server; who serves is in our environment.
    """
    if layout.is_set_up:
        return
    layout.wipe()
    say("making certificates")
    Authority.create(layout.pki)
    say("making the ledger")
    central = str(layout.central)
    as_owner = {} if owner is None else {POSTGRES_VARIABLE: owner}
    children.run("backend_bridge", "init", "--data", central, log=log, extra=as_owner)
    say("filling it with the demo's companies, cards and coupons")
    children.run("backend_bridge", "seed-demo", "--data", central, log=log, extra=as_owner)
    say(f"registering the terminal {TERMINAL}")
    make_private_directory(layout.terminal)
    public = children.run("kiosk_ui", "keygen", "--data", str(layout.terminal), log=log)
    children.run(
        "backend_bridge",
        *("register-terminal", "--data", central, "--terminal", TERMINAL, "--branch", BRANCH, "--public", public),
        log=log,
    )
    _hand_over_keys(layout)
    os.sync()
    layout.mark_set_up()


def central_public_file(layout: Layout) -> Path:
    """The key with which the terminal checks what comes down."""
    return layout.terminal / "central.pub"


def card_key_file(layout: Layout) -> Path:
    """The key with which the terminal makes pseudonyms of card numbers."""
    return layout.terminal / "cards.key"


def _hand_over_keys(layout: Layout) -> None:
    """What an enrolment brings to a terminal. Private keys of the central system stay where they are."""
    central = DataDir(layout.central)
    write_whole(central_public_file(layout), central.central_key().public.hex().encode(), mode=PUBLIC_FILE)
    write_whole(card_key_file(layout), central.cards_key().hex().encode(), mode=PRIVATE_FILE)

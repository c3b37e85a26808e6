"""One message's circumstances: who sent it, when, and with what it is answered."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cached_property

import msgspec

from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.instants import from_ms
from backend_bridge.central.organisation.models import Branch, Company
from backend_bridge.link.outgoing import Outgoing
from loyalty.errors import WireError
from loyalty.signing import SigningKey
from loyalty.wire import codec
from loyalty.wire.messages import DownMessage

_ID = re.compile(r"[0-9A-Za-z_.:/-]{1,64}")


class Turn(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A message of `terminal` is handled at `now_ms`; ids come from `new_id`, signatures from `key`."""

    terminal: Terminal
    now_ms: int
    new_id: Callable[[], str]
    key: SigningKey

    @cached_property
    def at(self) -> dt.datetime:
        """`now_ms` as a datetime."""
        return from_ms(self.now_ms)

    @cached_property
    def branch(self) -> Branch:
        """Where the terminal stands."""
        return self.terminal.branch

    @cached_property
    def company(self) -> Company:
        """Whose terminal it is."""
        return self.terminal.branch.company

    def send(self, channel: str, message: DownMessage, *, retain: bool = False) -> Outgoing:
        """`message`, sealed, for this terminal."""
        return Outgoing(self.terminal.pk, channel, codec.seal_down(message, self.key), retain)


def is_id(text: str) -> bool:
    """Whether `text` can be an id: 1 to 64 plain characters."""
    return _ID.fullmatch(text) is not None


def check_id(text: str) -> str:
    """`text` itself; raises `WireError` unless it can be an id."""
    if not is_id(text):
        raise WireError("an id is 1 to 64 letters, digits or any of _ . : / -")
    return text

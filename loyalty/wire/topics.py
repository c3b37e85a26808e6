"""The MQTT topics, in one place. A terminal's id is part of each and is checked before use."""

from __future__ import annotations

import re

from loyalty.errors import WireError

ROOT = "tapbon/1"
_TERMINAL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?")

UP = ("up/journal", "up/ask", "up/result", "up/telemetry", "up/alarm", "state", "reported")
DOWN = ("down/ack", "down/answer", "down/grant", "down/recall", "down/rules", "down/command", "desired")


def check_terminal_id(terminal: str) -> str:
    """`terminal` itself; raises `WireError` unless it is 1 to 48 of `[a-z0-9-]`."""
    if not _TERMINAL.fullmatch(terminal):
        raise WireError(f"{terminal!r} is no terminal id: 1 to 48 of a-z, 0-9 and - (not at an end)")
    return terminal


def topic(terminal: str, channel: str) -> str:
    """The full topic of one channel (such as `up/journal`) of a terminal."""
    if channel not in UP and channel not in DOWN:
        raise WireError(f"{channel!r} is no channel of this protocol")
    return f"{ROOT}/{check_terminal_id(terminal)}/{channel}"


def split(full: str) -> tuple[str, str]:
    """(terminal, channel) of a full topic; raises `WireError` for any other topic."""
    prefix = ROOT + "/"
    terminal, separator, channel = full.removeprefix(prefix).partition("/")
    if not full.startswith(prefix) or not separator or (channel not in UP and channel not in DOWN):
        raise WireError(f"{full!r} is no topic of this protocol")
    return check_terminal_id(terminal), channel

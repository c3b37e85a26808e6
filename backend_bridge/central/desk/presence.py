"""What a terminal says of itself on its retained `state` topic, which is also its last will."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backend_bridge.central.desk.turn import Turn
from loyalty.errors import WireError

_LONGEST = 64
#: When a terminal was last seen is written down this often at most.
_SEEN_EVERY_MS = 10_000


class State(msgspec.Struct, frozen=True):
    """Online or offline, since which boot, and which software."""

    v: int
    online: bool
    boot: str = ""
    software: str = ""


def read_state(payload: bytes) -> State:
    """The state in `payload`; raises `WireError` for anything else."""
    try:
        state = msgspec.json.decode(payload, type=State)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(f"not a state message: {error}") from error
    for text in (state.boot, state.software):
        if len(text) > _LONGEST or not text.isprintable():
            raise WireError("a boot id or software version is too long or not printable")
    return state


def apply_state(state: State, turn: Turn) -> None:
    """Write the terminal's state down."""
    terminal = turn.terminal
    terminal.online, terminal.boot_id, terminal.software = state.online, state.boot, state.software
    terminal.last_seen = turn.at
    terminal.save(update_fields=["online", "boot_id", "software", "last_seen"])


def seen(turns: Iterable[Turn]) -> None:
    """These terminals spoke just now."""
    for turn in turns:
        last = turn.terminal.last_seen
        if last is None or (turn.at - last).total_seconds() * 1000 >= _SEEN_EVERY_MS:
            turn.terminal.last_seen = turn.at
            turn.terminal.save(update_fields=["last_seen"])

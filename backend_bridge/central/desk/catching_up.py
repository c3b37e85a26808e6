"""After a restore: telling terminals that there is a new generation, until they have replayed into it (ADR 0018).

A terminal hears of it with any acknowledgement. One that has nothing to send gets none, and greetings can be lost, so
it is told again and again: nobody is granted anything before it has replayed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db.models import Q

from backend_bridge.central.desk.ingest import head_ack
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import epochs, generations
from backend_bridge.central.fleet.models import Terminal, TerminalReplay
from backend_bridge.central.instants import from_ms
from backend_bridge.link.outgoing import Outgoing

_AGAIN_MS = 5_000
#: The restored row may say "offline" of a terminal that speaks all the time.
_SPOKE = dt.timedelta(minutes=5)


class CatchingUp:
    """When terminals were told last."""

    def __init__(self) -> None:
        self._told_ms = 0

    def due(self, *, now_ms: int, turn_of: Callable[[Terminal], Turn]) -> list[Outgoing]:
        """An acknowledgement for each terminal that is there and has not replayed."""
        if 0 <= now_ms - self._told_ms < _AGAIN_MS:
            return []
        self._told_ms = now_ms
        generation = generations.newest()
        if generation is None:
            return []
        there = Q(online=True) | Q(last_seen__gte=from_ms(now_ms) - _SPOKE)
        replayed = generation.replays.filter(state=TerminalReplay.State.REPLAYED).values("terminal")
        waited_for = Terminal.objects.filter(there).exclude(pk__in=replayed).select_related("branch__company")
        turns = [turn_of(terminal) for terminal in waited_for.order_by("pk")]
        return [turn.send("down/ack", head_ack(turn, max(epochs.newest(turn.terminal.pk), 0))) for turn in turns]

"""Generations of the central system: which one it is, and whether it still catches up after a restore (ADR 0018)."""

from __future__ import annotations

from backend_bridge.central.fleet.models import Generation, TerminalReplay

State = TerminalReplay.State


def current() -> int:
    """The number of the generation; 0 for a central system that was never restored."""
    number = Generation.objects.order_by("-number").values_list("number", flat=True).first()
    return 0 if number is None else int(number)


def newest() -> Generation | None:
    """The generation itself; None for a central system that was never restored."""
    return Generation.objects.order_by("-number").first()


def replay_of(terminal: str) -> TerminalReplay | None:
    """How this terminal stands to the generation; None: it has not replayed, or there is nothing to replay."""
    return TerminalReplay.objects.filter(terminal=terminal).order_by("-generation__number").first()


def may_get_rights(terminal: str) -> bool:
    """Whether anything may be granted to this terminal.

    Not while the central system catches up: whatever it grants, another terminal may hold by a grant that the
    restored books do not know. And not later either to a terminal that has not replayed into this generation.
    """
    generation = newest()
    if generation is None:
        return True
    if generation.done_at is None:
        return False
    return generation.replays.filter(terminal=terminal, state=State.REPLAYED).exists()

"""Which journals of a terminal are known."""

from __future__ import annotations

from django.db.models import Max

from backend_bridge.central.fleet.models import EpochHead, Grant


def newest_journal(terminal: str) -> int | None:
    """The newest epoch of which an entry was applied."""
    newest: int | None = EpochHead.objects.filter(terminal=terminal).aggregate(newest=Max("epoch"))["newest"]
    return newest


def is_stopped(terminal: str, *, epoch: int) -> bool:
    """Whether this journal has forked: nothing of it is applied any more, so it gets no rights, and
    none that it holds come back by themselves."""
    return EpochHead.objects.filter(terminal=terminal, epoch=epoch, stopped=True).exists()


def newest(terminal: str) -> int:
    """The newest epoch that is known, also by a grant that was made before its journal came; -1: none.

    Rights are given to no older one: its journal has ended, and they would be frozen with it.
    """
    granted: int | None = Grant.objects.filter(terminal=terminal).aggregate(newest=Max("epoch"))["newest"]
    journal = newest_journal(terminal)
    return max(-1 if journal is None else journal, -1 if granted is None else granted)

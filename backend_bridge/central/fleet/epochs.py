"""Which journals of a terminal are known."""

from __future__ import annotations

from django.db.models import Max

from backend_bridge.central.fleet.models import EpochHead


def newest_journal(terminal: str) -> int | None:
    """The newest epoch of which an entry was applied."""
    newest: int | None = EpochHead.objects.filter(terminal=terminal).aggregate(newest=Max("epoch"))["newest"]
    return newest


def is_stopped(terminal: str, *, epoch: int) -> bool:
    """Whether this journal has forked: nothing of it is applied any more, so it gets no rights, and
    none that it holds come back by themselves."""
    return EpochHead.objects.filter(terminal=terminal, epoch=epoch, stopped=True).exists()


def newest(terminal: str) -> int:
    """The epoch of the newest journal, once its first signed entry was applied; -1: none.

    Rights are given to this one only. An older journal has ended, and rights would be frozen with it; a
    newer one that is merely named in a question is nobody's word: questions are not signed.
    """
    journal = newest_journal(terminal)
    return -1 if journal is None else journal

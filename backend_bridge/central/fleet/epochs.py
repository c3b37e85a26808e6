"""Which journals of a terminal are known, and which of them may have rights.

A journal is applied whenever it comes. Rights are given to the newest one only, and not to one that has forked or was
closed: an older one has ended, and rights would be frozen with it; a newer one that is merely named in a question is
nobody's word, since questions are not signed.
"""

from __future__ import annotations

from django.db.models import Max

from backend_bridge.central.fleet.models import EpochHead, JournalClosing


def newest_journal(terminal: str) -> int | None:
    """The newest epoch of which an entry was applied."""
    newest: int | None = EpochHead.objects.filter(terminal=terminal).aggregate(newest=Max("epoch"))["newest"]
    return newest


def is_stopped(terminal: str, *, epoch: int) -> bool:
    """Whether this journal has forked: nothing of it is applied any more, so it gets no rights, and
    none that it holds come back by themselves."""
    return EpochHead.objects.filter(terminal=terminal, epoch=epoch, stopped=True).exists()


def closing_of(terminal: str, *, epoch: int) -> JournalClosing | None:
    """How this journal was closed; None: it was not."""
    return JournalClosing.objects.filter(terminal=terminal, epoch=epoch).first()


def is_closed(terminal: str, *, epoch: int) -> bool:
    """Whether the rights of this journal went back: it gets no more, and what it holds is nothing."""
    return JournalClosing.objects.filter(terminal=terminal, epoch=epoch).exists()


def newest(terminal: str) -> int:
    """The epoch of the newest journal, once its first signed entry was applied; -1: none."""
    journal = newest_journal(terminal)
    return -1 if journal is None else journal


def may_hold(terminal: str, *, epoch: int, lock: bool = False) -> bool:
    """Whether this journal may be given rights.

    With `lock` the answer stays true until the transaction ends: whoever applies or closes the journal waits.
    """
    if lock:
        heads = EpochHead.objects.select_for_update().filter(terminal=terminal, epoch=epoch)
        list(heads.values_list("pk"))
    return epoch == newest(terminal) and not is_stopped(terminal, epoch=epoch) and not is_closed(terminal, epoch=epoch)

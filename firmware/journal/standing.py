"""Whether a journal may be written to, and the anchor that follows it (ADR 0018).

The anchor is at most one entry behind: nothing is written before it has followed. So a journal that is
found further ahead of its mark was written without this anchor, and the mark says nothing of it.
"""

from __future__ import annotations

import logging

from firmware.hal.errors import HardwareError
from firmware.hal.ports import Anchor, Mark
from firmware.journal.errors import AnchorBehind, JournalStopped, NotConfirmed

log = logging.getLogger(__name__)


class Standing:
    """The standing of one open journal. `anchor` None: this terminal has none."""

    def __init__(self, anchor: Anchor | None = None) -> None:
        self._anchor = anchor
        self._mark: Mark | None = None
        #: False until the central system has confirmed the head in this start.
        self.confirmed = True
        #: Why nothing is written any more, as a reason for the next epoch; "" while something is.
        self.stopped = ""
        #: The anchor does not answer.
        self.anchor_failed = False

    @property
    def open(self) -> bool:
        """Whether entries may be written, as far as is known."""
        return self.confirmed and not self.stopped and not self.anchor_failed

    def check(self, head: Mark) -> None:
        """Raises `JournalStopped`, `NotConfirmed` or `AnchorBehind` where no entry may follow `head`."""
        if self.stopped:
            raise JournalStopped(f"the journal of epoch {head.epoch} was stopped ({self.stopped})")
        if not self.confirmed:
            raise NotConfirmed(f"the journal of epoch {head.epoch} waits for the central system's word")
        if not self._follow(head):
            if self.stopped:
                raise JournalStopped(f"the anchor knows more than the journal of epoch {head.epoch}")
            raise AnchorBehind("the anchor does not answer")

    def committed(self, head: Mark) -> None:
        """`head` is on the disk, and is not shown yet: move the anchor on. A failure stops the next entry."""
        if self.confirmed:
            self._follow(head)

    def _follow(self, head: Mark) -> bool:
        if self._anchor is None or self._mark == head:
            return True
        try:
            # One that was silent at the start has not been asked yet.
            known = self._anchor.read() if self._mark is None else None
            if known is not None and head < known:
                self.stopped = "restored"
                return False
            self._anchor.advance(head)
        except HardwareError as error:
            if not self.anchor_failed:
                log.error("the anchor cannot be moved on: %s", error)
            self.anchor_failed = True
            return False
        self._mark, self.anchor_failed = head, False
        return True

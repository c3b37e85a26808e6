"""The start: is this disk the newest state of this terminal? If not, it is set aside, and a new epoch begins.

ADR 0018 has the table. Every step can be cut short by a power cut: what is to be done is written down first
(`set-aside.json`), and is taken up again at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from firmware.hal.errors import HardwareError
from firmware.hal.ports import Anchor, Mark
from firmware.journal import aside
from firmware.journal.checking import check_at_start, is_damage
from firmware.journal.errors import CannotRecord, JournalError
from firmware.journal.journal import Journal
from firmware.journal.storage import Storage
from loyalty.entries import MAX_INTEGER, ClockEvidence
from loyalty.errors import LoyaltyError
from loyalty.signing import SigningKey

log = logging.getLogger(__name__)

JOURNAL = "journal.sqlite3"
EPOCH = "epoch"
CHANGE = "set-aside.json"


@dataclass(frozen=True, kw_only=True)
class Premises:
    """Where a terminal's journals are (`directory` on `storage`), whose they are, and what is known outside them.

    `hardware` names the machine (None: not known), `anchor` is outside the disk (None: there is none).
    """

    storage: Storage
    directory: Path
    terminal: str
    key: SigningKey
    software: str
    hardware: str | None = None
    anchor: Anchor | None = None

    @property
    def path(self) -> Path:
        """The journal in use."""
        return self.directory / JOURNAL

    def journal(self) -> Journal:
        """The journal in use, opened or made; raises `CannotRecord`."""
        return Journal(
            self.path, terminal=self.terminal, key=self.key, connect=self.storage.connect, anchor=self.anchor
        )


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a start found. `began` is the reason of the epoch that began now (None: the journal goes on)."""

    journal: Journal
    began: str | None


@dataclass(frozen=True)
class Epochs:
    """What a running terminal does with its disk: the start, the journals set aside, and a new epoch in between.

    `evidence` gives the time of an entry that is written now.
    """

    premises: Premises
    evidence: Callable[[], ClockEvidence]

    def start(self) -> Start:
        """See `open_at_start`."""
        return open_at_start(self.premises, clock=self.evidence())

    def old(self, generation: int) -> tuple[aside.OldJournal, ...]:
        """The journals set aside of which the central system of `generation` may lack something."""
        storage, directory = self.premises.storage, self.premises.directory
        every = aside.names(storage, directory)
        return aside.not_done(storage, directory, every, key=self.premises.key, generation=generation)

    def begin_again(self, journal: Journal, *, reason: str, above: int) -> Start:
        """See `begin_again`."""
        return begin_again(self.premises, journal, reason=reason, clock=self.evidence(), above=above)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A new epoch that is about to begin: why, its number, under which name the old journal is kept (None: there is
    none), and where that had ended as far as the anchor knows."""

    reason: str
    epoch: int
    aside: str | None = None
    before_epoch: int | None = None
    before_seq: int | None = None


@dataclass(frozen=True)
class _Found:
    """What is on the disk: a journal to go on with, or why not (`reason`), and where it ended. `contradicted`: the
    central system has other entries in its places, so that nobody can say where it ended."""

    journal: Journal | None
    reason: str
    head: Mark | None = None
    confirmed: bool = False
    contradicted: bool = False


def open_at_start(premises: Premises, *, clock: ClockEvidence, above: int = 0) -> Start:
    """The journal to go on with, or the first entry of a new epoch. Nothing of it was shown to anybody yet.

    `above`: an epoch that is known to be taken. Where nothing outside the disk says that the journal is the newest,
    it is not `confirmed`, and takes no entry until the central system has spoken (`Journal.confirm`).

    Raises `CannotRecord` where the disk fails or another process has the journal, and `WrongJournal` where it is
    another terminal's.
    """
    try:
        return _open(premises, clock, above)
    except CannotRecord:
        raise
    except OSError as error:
        raise CannotRecord(f"the disk fails at the start: {error}") from error


def _open(premises: Premises, clock: ClockEvidence, above: int) -> Start:
    mark, answers = _read_mark(premises.anchor)
    change = _begun_change(premises)
    if change is None:
        found = _look(premises, mark)
        if found.journal is not None:
            return _go_on(premises, found, answers=answers)
        change = _decide(premises, found, mark=mark, above=above)
        premises.storage.write(premises.directory / CHANGE, msgspec.json.encode(change))
    journal = _carry_out(premises, change, clock=clock)
    journal.standing.confirmed = mark is not None
    if journal.standing.confirmed:
        journal.confirm()
    journal.standing.anchor_failed = not answers
    premises.storage.remove(premises.directory / CHANGE)
    log.warning("epoch %d begins: %s", change.epoch, change.reason)
    return Start(journal=journal, began=change.reason)


def begin_again(premises: Premises, journal: Journal, *, reason: str, clock: ClockEvidence, above: int = 0) -> Start:
    """Stop `journal` for `reason` (one of `EPOCH_REASONS`) and start anew, with a new epoch. Raises as
    `open_at_start`; the journal is closed then, and stopped."""
    if not journal.closed:
        journal.stop(reason)
        journal.close()
    return open_at_start(premises, clock=clock, above=above)


def _go_on(premises: Premises, found: _Found, *, answers: bool) -> Start:
    journal = found.journal
    if journal is None:
        raise ValueError("there is no journal to go on with")
    if premises.hardware is not None and journal.read_meta("hardware") is None:
        journal.write_hardware(premises.hardware)
    journal.standing.confirmed = found.confirmed
    journal.standing.anchor_failed = not answers
    if found.confirmed:
        journal.confirm()
    return Start(journal=journal, began=None)


def _read_mark(anchor: Anchor | None) -> tuple[Mark | None, bool]:
    """The anchor's mark, and whether the anchor answers (or there is none)."""
    try:
        return (None if anchor is None else anchor.read()), True
    except HardwareError as error:
        log.error("the anchor does not answer: %s", error)
        return None, False


def _look(premises: Premises, mark: Mark | None) -> _Found:
    nothing = "first" if mark is None and known_epoch(premises) == 0 else "new_disk"
    if not premises.storage.exists(premises.path):
        return _Found(None, nothing)
    journal = None
    try:
        journal = premises.journal()
        if not journal.has_begun:
            journal.close()
            return _Found(None, nothing)
        journal.check_owner()
        check_at_start(journal)
    except (JournalError, LoyaltyError) as error:
        head = None
        if journal is not None:
            head = journal.mark if journal.has_begun else None
            journal.close()
        if not is_damage(error):
            raise
        log.error("the journal is damaged: %s", error)
        return _Found(None, "corrupt", head)
    return _judge(premises, journal, mark)


def _judge(premises: Premises, journal: Journal, mark: Mark | None) -> _Found:
    here = journal.mark
    made_on = journal.read_meta("hardware")
    reason = ""
    if None not in (made_on, premises.hardware) and made_on != premises.hardware:
        reason = "other_hardware"
    elif journal.standing.stopped:
        reason = journal.standing.stopped
    elif (mark is not None and here < mark) or here.epoch < known_epoch(premises):
        reason = "restored"
    if reason:
        contradicted = journal.standing.stopped == "restored"
        journal.close()
        return _Found(None, reason, here, contradicted=contradicted)
    return _Found(journal, "", here, confirmed=mark is not None and _follows(here, mark))


def _follows(here: Mark, mark: Mark) -> bool:
    """Whether `here` is the mark or the entry after it. Further on, it was written without this anchor."""
    return here == mark or here == Mark(mark.epoch, mark.seq + 1) or (here.epoch > mark.epoch and here.seq == 0)


def _decide(premises: Premises, found: _Found, *, mark: Mark | None, above: int) -> Change:
    taken = max(
        above,
        known_epoch(premises),
        0 if mark is None else mark.epoch,
        0 if found.head is None else found.head.epoch,
    )
    # The power may have gone between the commit and the anchor: then one entry more is here, which nobody has seen.
    before = mark
    if mark is not None and found.head is not None and found.head.epoch == mark.epoch:
        before = max(mark, found.head)
    if found.contradicted:
        before = None
    kept = None
    if premises.storage.exists(premises.path) and found.reason not in ("first", "new_disk"):
        kept = aside.fresh_name(premises.storage, premises.directory, found.reason)
    return Change(
        reason=found.reason,
        epoch=taken + 1,
        aside=kept,
        before_epoch=None if before is None else before.epoch,
        before_seq=None if before is None else before.seq,
    )


def _carry_out(premises: Premises, change: Change, *, clock: ClockEvidence) -> Journal:
    storage, directory = premises.storage, premises.directory
    if known_epoch(premises) < change.epoch:
        storage.write(directory / EPOCH, b"%d\n" % change.epoch)
    if change.aside is not None and not storage.exists(directory / change.aside):
        for part in aside.PARTS:
            here = directory / (JOURNAL + part)
            if storage.exists(here):
                storage.rename(here, directory / (change.aside + part))
    journal = premises.journal()
    if not journal.has_begun:
        before = None
        if change.before_epoch is not None and change.before_seq is not None:
            before = Mark(change.before_epoch, change.before_seq)
        journal.standing.confirmed = False
        journal.begin(
            epoch=change.epoch,
            clock=clock,
            software=premises.software,
            reason=change.reason,
            before=before,
            hardware=premises.hardware,
        )
    return journal


def _begun_change(premises: Premises) -> Change | None:
    """A change that a power cut has cut short."""
    try:
        return msgspec.json.decode(premises.storage.read(premises.directory / CHANGE), type=Change)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise CannotRecord(f"{CHANGE} cannot be read: {error}") from error


def known_epoch(premises: Premises) -> int:
    """The newest epoch that the file beside the journal knows; 0 for none. Raises `CannotRecord`."""
    path = premises.directory / EPOCH
    try:
        epoch = int(premises.storage.read(path)) if premises.storage.exists(path) else 0
    except ValueError as error:
        raise CannotRecord(f"the epoch file {path} cannot be read") from error
    if not 0 <= epoch < MAX_INTEGER:
        raise CannotRecord(f"the epoch file {path} holds {epoch}, which is no epoch")
    return epoch

"""Writing off what is lost, with two signatures: one operator asks, another one confirms.

Nothing moves before the second signature. What is written off too early stays safe: the journal gets no rights any
more, its terminal is told so with the next acknowledgement and begins a new epoch, and what it had spent already is
charged to whoever bears the risk (`late`).
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction

from backend_bridge.central.fleet import epochs, generations
from backend_bridge.central.fleet.models import EpochHead, Terminal, WriteOff
from backend_bridge.central.office.scope import Scope
from backend_bridge.central.recovery import releasing, replaying
from backend_bridge.central.recovery.errors import RecoveryRefused
from loyalty.acts.journals import RightsWrittenOff

Kind = WriteOff.Kind
#: A terminal that was heard of since is in use, as far as anybody can know.
IN_USE = dt.timedelta(hours=24)


def ask_rights(
    *, terminal: str, epoch: int, reason: str, by: User, at: dt.datetime, although_in_use: bool = False
) -> WriteOff:
    """Ask for what the journal (terminal, epoch) holds to be written off. Raises `RecoveryRefused`."""
    with transaction.atomic():
        row = _terminal(terminal)
        _check_journal(row, epoch, at=at, although_in_use=although_in_use)
        return _ask(row, kind=Kind.RIGHTS, epoch=epoch, reason=reason, by=by, at=at, although_in_use=although_in_use)


def ask_replay(*, terminal: str, reason: str, by: User, at: dt.datetime) -> WriteOff:
    """Ask for a terminal to be declared lost: the central system, which was restored, does not wait for its journal
    any more. Raises `RecoveryRefused`."""
    with transaction.atomic():
        row = _terminal(terminal)
        _check_missing(terminal)
        return _ask(row, kind=Kind.REPLAY, epoch=None, reason=reason, by=by, at=at)


def confirm(write_off: int, *, by: User, at: dt.datetime) -> WriteOff:
    """Sign as the second one, and do it. Raises `RecoveryRefused`, also where things have changed since."""
    with transaction.atomic():
        row = _open(write_off)
        _check_operator(by)
        if row.asked_by_id == by.pk:
            raise RecoveryRefused("same_person", "somebody else has to confirm what you have asked for")
        if row.kind == Kind.RIGHTS:
            _write_off(row, by=by, at=at)
        else:
            _check_missing(row.terminal_id)
            replaying.declare_lost(row.terminal, at=at)
        row.confirmed_by, row.confirmed_at = by, at
        row.save(update_fields=["confirmed_by", "confirmed_at"])
        return row


def withdraw(write_off: int, *, by: User, at: dt.datetime) -> WriteOff:
    """Take the question back: whoever asked, or another operator who does not agree. Raises `RecoveryRefused`."""
    with transaction.atomic():
        row = _open(write_off)
        _check_operator(by)
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        return row


def is_in_use(terminal: Terminal, *, epoch: int, at: dt.datetime) -> bool:
    """Whether the journal is the one that its terminal writes, and the terminal was heard of lately."""
    lately = terminal.last_seen is not None and terminal.last_seen > at - IN_USE
    return epoch == epochs.newest(terminal.pk) and (terminal.online or lately)


def _write_off(row: WriteOff, *, by: User, at: dt.datetime) -> None:
    epoch = int(row.epoch or 0)
    _check_journal(row.terminal, epoch, at=at, although_in_use=row.although_in_use)
    asked_by, confirmed_by = f"office:{row.asked_by_id}", f"office:{by.pk}"
    releasing.give_back(
        row.terminal,
        epoch=epoch,
        key=f"write-off/{row.pk}",
        by=confirmed_by,
        at=at,
        make=partial(RightsWrittenOff, reason=row.reason, asked_by=asked_by, confirmed_by=confirmed_by),
    )


def _ask(
    terminal: Terminal,
    *,
    kind: WriteOff.Kind,
    epoch: int | None,
    reason: str,
    by: User,
    at: dt.datetime,
    although_in_use: bool = False,
) -> WriteOff:
    _check_operator(by)
    told = reason.strip()
    if not 0 < len(told) <= 200:
        raise RecoveryRefused("reason", "say why, in at most 200 characters", field="reason")
    if WriteOff.objects.filter(terminal=terminal, kind=kind, confirmed_at=None, withdrawn_at=None).exists():
        raise RecoveryRefused("asked_already", f"this was asked for {terminal.pk} already, and waits for a signature")
    return WriteOff.objects.create(
        kind=kind,
        terminal=terminal,
        epoch=epoch,
        reason=told,
        although_in_use=although_in_use,
        asked_by=by,
        asked_at=at,
    )


def _terminal(terminal: str) -> Terminal:
    row = Terminal.objects.select_related("branch").select_for_update(of=("self",)).filter(pk=terminal).first()
    if row is None:
        raise RecoveryRefused("unknown_terminal", f"there is no terminal {terminal[:48]}", field="terminal")
    return row


def _open(write_off: int) -> WriteOff:
    rows = WriteOff.objects.select_related("terminal__branch").select_for_update(of=("self",))
    row = rows.filter(pk=write_off, confirmed_at=None, withdrawn_at=None).first()
    if row is None:
        raise RecoveryRefused("not_open", "this was signed or withdrawn meanwhile")
    return row


def _check_operator(by: User) -> None:
    if not (by.is_active and Scope(by).operator):
        raise RecoveryRefused("not_operator", "only the programme's operator writes off")


def _check_journal(terminal: Terminal, epoch: int, *, at: dt.datetime, although_in_use: bool) -> None:
    """Locks the journal's head, so that nothing is granted to it or applied to it meanwhile."""
    heads = EpochHead.objects.select_for_update().filter(terminal=terminal, epoch=epoch)
    if not list(heads):
        raise RecoveryRefused("unknown_journal", f"nothing of {terminal.pk}/{epoch} has come so far", field="epoch")
    if epochs.is_closed(terminal.pk, epoch=epoch):
        raise RecoveryRefused("closed", f"{terminal.pk}/{epoch} holds nothing: it is closed", field="epoch")
    if is_in_use(terminal, epoch=epoch, at=at) and not although_in_use:
        raise RecoveryRefused(
            "in_use",
            f"{terminal.pk} writes this journal, and was heard of in the last 24 hours: say that it is not in use",
            field="although_in_use",
        )


def _check_missing(terminal: str) -> None:
    generation = generations.newest()
    if generation is None or generation.done_at is not None:
        raise RecoveryRefused("not_catching_up", "the central system waits for no terminal")
    if generation.replays.filter(terminal=terminal).exists():
        raise RecoveryRefused("replayed", f"{terminal} has replayed, or was declared lost", field="terminal")

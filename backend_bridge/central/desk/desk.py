"""The desk's front: messages in, what is to be sent out. It knows no broker and no clock.

Everything that the messages of one turn cause is one transaction, and what comes back may be sent: it has
been committed. Call it from a worker thread, not from an event loop's own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connection, transaction

from backend_bridge.central.desk import asks, granting, presence, rules
from backend_bridge.central.desk.catching_up import CatchingUp
from backend_bridge.central.desk.ingest import apply_batches, head_ack
from backend_bridge.central.desk.reading import Garbled, Message, Stage, read, stages
from backend_bridge.central.desk.recalls import ReceiptRecalls
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import epochs, generations, incidents
from backend_bridge.central.fleet.models import Grant, Incident, PublishedRules, Terminal
from backend_bridge.central.instants import from_ms, to_ms
from backend_bridge.central.recovery import completing, replaying
from backend_bridge.link.outgoing import Incoming, Outgoing
from loyalty.signing import SigningKey
from loyalty.wire.messages import Ask, JournalBatch, RulesAnnounced

_HOUR_MS = 3_600_000
#: An open grant is sent again after 2 s, 4 s, 8 s …, at most a minute apart, until it is journaled.
_RESEND_MS = 2_000
_LONGEST_RESEND_MS = 60_000
_RESEND_AT_ONCE = 200
_RULES_EVERY_MS = 5_000
#: Threads that check signatures; more than four are not needed to keep the database busy.
_OPENERS = min(4, os.cpu_count() or 1)


def _random_id() -> str:
    return secrets.token_hex(16)


class Desk:
    """Answers terminals. `key` signs what goes down; `new_id` makes ids (32 hex digits)."""

    def __init__(self, key: SigningKey, *, new_id: Callable[[], str] = _random_id) -> None:
        self._key = key
        self._new_id = new_id
        self._announced: dict[str, str] = {}
        self._rules_looked_at_ms = 0
        self._recalls = ReceiptRecalls()
        self._catching_up = CatchingUp()
        self._openers = ThreadPoolExecutor(_OPENERS, thread_name_prefix="desk-opening")

    def handle(self, *, terminal: str, channel: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Take one message that came on `channel` (such as `up/journal`) of `terminal`'s topic."""
        return self.handle_together([Incoming(terminal, channel, payload)], now_ms=now_ms)

    def handle_together(self, messages: Sequence[Incoming], *, now_ms: int) -> list[Outgoing]:
        """Take messages of any terminals, each terminal's in their order, in one transaction.

        Never raises for what a terminal sent; database errors do come through, and nothing of any of the messages
        has then been applied. What is returned has been committed.
        """
        close_old_connections()
        read_messages = [read(message) for message in messages]
        with transaction.atomic():
            turns = self._turns({message.terminal for message in read_messages}, now_ms)
            for terminal in sorted({message.terminal for message in read_messages} - turns.keys()):
                self._notice_unknown(terminal, now_ms)
            known = [message for message in read_messages if message.terminal in turns]
            spoke = {one.terminal for one in known if isinstance(one.said, Ask | JournalBatch)}
            presence.seen(turns[terminal] for terminal in sorted(spoke))
            return [outgoing for stage in stages(known) for outgoing in self._handle(stage, turns)]

    def connected(self, *, terminal: str, now_ms: int) -> list[Outgoing]:
        """What a terminal gets when it comes online: its journal's head, open grants, its rules."""
        with transaction.atomic():
            turn = self._turn(terminal, now_ms)
            return [] if turn is None else self._greet(turn)

    def due(self, *, now_ms: int) -> list[Outgoing]:
        """What is to be sent because time has passed: call it about twice a second."""
        close_old_connections()
        with transaction.atomic():
            return [
                *self._overdue_asks(now_ms),
                *self._open_grants(now_ms),
                *self._changed_rules(now_ms),
                *self._catching_up.due(now_ms=now_ms, turn_of=lambda terminal: self._turn_of(terminal, now_ms)),
                *self._recalls.due(now_ms=now_ms, turn_of=lambda terminal: self._turn_of(terminal, now_ms)),
            ]

    def announce(self, terminal: str) -> list[Outgoing]:
        """The retained announcement of the rules that are in force for `terminal`."""
        with transaction.atomic():
            turn = self._turn(terminal, 0)
            return [] if turn is None else [self._announce(turn, rules.publish(turn.branch))]

    def rules_bytes(self, terminal: str, sha256: str) -> bytes | None:
        """The bundle of this hash, if it was announced to `terminal`'s branch. For threads of their own,
        whose database connection ends with the call."""
        try:
            return rules.published_bytes(terminal, sha256)
        finally:
            connection.close()

    def _turn(self, terminal: str, now_ms: int) -> Turn | None:
        return self._turns([terminal], now_ms).get(terminal)

    def _turns(self, terminals: Collection[str], now_ms: int) -> dict[str, Turn]:
        """A turn for each of those terminals that are registered."""
        known = Terminal.objects.select_related("branch__company").filter(pk__in=terminals)
        return {terminal.pk: self._turn_of(terminal, now_ms) for terminal in known}

    def _turn_of(self, terminal: Terminal, now_ms: int) -> Turn:
        return Turn(terminal=terminal, now_ms=now_ms, new_id=self._new_id, key=self._key)

    def _handle(self, stage: Stage, turns: dict[str, Turn]) -> list[Outgoing]:
        """Journals first: a terminal's journal goes before its questions."""
        sent = self._take_journals([(turns[terminal], batch) for terminal, batch in stage.journals])
        for message in stage.others:
            sent += self._take(message, turns[message.terminal])
        return sent

    def _take(self, message: Message, turn: Turn) -> list[Outgoing]:
        said = message.said
        if isinstance(said, presence.State):
            presence.apply_state(said, turn)
            return self._greet(turn) if said.online else []
        if isinstance(said, Ask):
            return asks.answer(said, turn)
        if isinstance(said, Garbled):
            self._notice_garbled(turn, message.channel, said)
        return []

    def _take_journals(self, batches: list[tuple[Turn, JournalBatch]]) -> list[Outgoing]:
        sent: list[Outgoing] = []
        returned: set[str] = set()
        for applied in apply_batches(batches, self._openers):
            sent += [applied.turn.send("down/ack", ack) for ack in applied.acks]
            returned |= applied.returned | completing.settle(
                applied.turn, epoch=applied.epoch, began=applied.began, closed=applied.closed
            )
            for batch, ack in zip(applied.batches, applied.acks, strict=True):
                returned |= replaying.heard(batch, ack, applied.turn)
        if returned:
            now_ms = batches[0][0].now_ms
            sent += asks.retry_waiting(asks.waiting_for(returned), lambda terminal: self._turn_of(terminal, now_ms))
        return sent

    def _greet(self, turn: Turn) -> list[Outgoing]:
        newest = epochs.newest(turn.terminal.pk)
        generation = generations.current()
        # A terminal that the restored books know nothing of has to hear that there is a new generation.
        sent = [] if newest < 0 and not generation else [turn.send("down/ack", head_ack(turn, max(newest, 0)))]
        grants = Grant.objects.filter(
            terminal=turn.terminal, epoch=newest, status=Grant.Status.OPEN, generation=generation
        )
        sent += [granting.outgoing(grant) for grant in grants.order_by("made_at", "pk")]
        return [*sent, self._announce(turn, rules.publish(turn.branch))]

    def _overdue_asks(self, now_ms: int) -> list[Outgoing]:
        rows = asks.overdue(from_ms(now_ms))
        return asks.retry_waiting(rows, lambda terminal: self._turn_of(terminal, now_ms))

    def _open_grants(self, now_ms: int) -> list[Outgoing]:
        grants = Grant.objects.filter(
            status=Grant.Status.OPEN,
            terminal__online=True,
            sent_at__lte=from_ms(now_ms - _RESEND_MS),
            generation=generations.current(),
        )
        sent = []
        for grant in grants.order_by("sent_at", "pk")[:_RESEND_AT_ONCE]:
            pause_ms = min(_RESEND_MS << min(grant.sends - 1, 8), _LONGEST_RESEND_MS)
            if now_ms - to_ms(grant.sent_at) < pause_ms:
                continue
            grant.sent_at, grant.sends = from_ms(now_ms), grant.sends + 1
            grant.save(update_fields=["sent_at", "sends"])
            if grant.epoch == epochs.newest(grant.terminal_id):
                sent.append(granting.outgoing(grant))
        return sent

    def _changed_rules(self, now_ms: int) -> list[Outgoing]:
        if 0 <= now_ms - self._rules_looked_at_ms < _RULES_EVERY_MS:
            return []
        self._rules_looked_at_ms = now_ms
        sent = []
        by_branch: dict[str, PublishedRules] = {}
        for terminal in Terminal.objects.filter(online=True).select_related("branch__company").order_by("pk"):
            published = by_branch.get(terminal.branch_id) or rules.publish(terminal.branch)
            by_branch[terminal.branch_id] = published
            if published.sha256 != self._announced.get(terminal.pk):
                sent.append(self._announce(self._turn_of(terminal, now_ms), published))
        return sent

    def _announce(self, turn: Turn, published: PublishedRules) -> Outgoing:
        self._announced[turn.terminal.pk] = published.sha256
        message = RulesAnnounced(
            terminal=turn.terminal.pk,
            version=published.version,
            sha256=published.sha256,
            size=len(bytes(published.data)),
        )
        return turn.send("down/rules", message, retain=True)

    def _notice_unknown(self, terminal: str, now_ms: int) -> None:
        incidents.notice(
            Incident.Kind.UNKNOWN_TERMINAL,
            key=terminal[:60],
            terminal=None,
            detail=f"{terminal[:60]!r} is not registered",
            at=from_ms(now_ms),
        )

    def _notice_garbled(self, turn: Turn, channel: str, garbled: Garbled) -> None:
        """Once an hour for each channel: a broken terminal repeats itself."""
        key = f"{turn.terminal.pk}/{channel}/{turn.now_ms // _HOUR_MS}"
        detail = f"{turn.terminal.pk} {channel}: {garbled.error}"
        incidents.notice(Incident.Kind.GARBLED, key=key, terminal=turn.terminal.pk, detail=detail, at=turn.at)

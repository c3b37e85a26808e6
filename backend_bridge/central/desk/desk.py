"""The desk's front: one message in, what is to be sent out. It knows no broker and no clock.

Everything that one message causes is one transaction, and what `handle` returns may be sent: it has
been committed. Call it from a worker thread, not from an event loop's own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.db import close_old_connections, connection, transaction

from backend_bridge.central.desk import asks, granting, presence, rules
from backend_bridge.central.desk.ingest import apply_batch, head_ack
from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet import epochs, incidents
from backend_bridge.central.fleet.models import Grant, Incident, PublishedRules, Terminal
from backend_bridge.central.instants import from_ms, to_ms
from backend_bridge.central.recovery import completing
from backend_bridge.link.outgoing import Outgoing
from loyalty.entries import MAX_INTEGER
from loyalty.errors import WireError
from loyalty.signing import SigningKey
from loyalty.wire import codec
from loyalty.wire.messages import Ask, JournalBatch, RulesAnnounced

_HOUR_MS = 3_600_000
#: An open grant is sent again after 2 s, 4 s, 8 s …, at most a minute apart, until it is journaled.
_RESEND_MS = 2_000
_LONGEST_RESEND_MS = 60_000
_RESEND_AT_ONCE = 200
_RULES_EVERY_MS = 5_000


def _random_id() -> str:
    return secrets.token_hex(16)


class Desk:
    """Answers terminals. `key` signs what goes down; `new_id` makes ids (32 hex digits)."""

    def __init__(self, key: SigningKey, *, new_id: Callable[[], str] = _random_id) -> None:
        self._key = key
        self._new_id = new_id
        self._announced: dict[str, str] = {}
        self._rules_looked_at_ms = 0

    def handle(self, *, terminal: str, channel: str, payload: bytes, now_ms: int) -> list[Outgoing]:
        """Take a message that came on `channel` (such as `up/journal`) of `terminal`'s topic.

        Never raises for what a terminal sent; database errors do come through, and nothing of the
        message has then been applied.
        """
        close_old_connections()
        with transaction.atomic():
            turn = self._turn(terminal, now_ms)
            if turn is None:
                self._notice_unknown(terminal, now_ms)
                return []
            try:
                return self._dispatch(turn, channel, payload)
            except WireError as error:
                self._notice_garbled(turn, channel, error)
                return []

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
        known = Terminal.objects.select_related("branch__company").filter(pk=terminal).first()
        return None if known is None else self._turn_of(known, now_ms)

    def _turn_of(self, terminal: Terminal, now_ms: int) -> Turn:
        return Turn(terminal=terminal, now_ms=now_ms, new_id=self._new_id, key=self._key)

    def _dispatch(self, turn: Turn, channel: str, payload: bytes) -> list[Outgoing]:
        """Decode first: a `WireError` comes before anything is written."""
        if channel == "state":
            return self._take_state(turn, presence.read_state(payload))
        if channel not in ("up/journal", "up/ask"):
            return []
        message = codec.decode_up(payload)
        if channel == "up/journal" and isinstance(message, JournalBatch):
            return self._take_batch(turn, message)
        if channel == "up/ask" and isinstance(message, Ask):
            asks.check(message)
            presence.seen(turn)
            return asks.answer(message, turn)
        raise WireError(f"a message of another kind came on {channel}")

    def _take_state(self, turn: Turn, state: presence.State) -> list[Outgoing]:
        presence.apply_state(state, turn)
        return self._greet(turn) if state.online else []

    def _take_batch(self, turn: Turn, batch: JournalBatch) -> list[Outgoing]:
        if not 0 <= batch.epoch <= MAX_INTEGER:
            raise WireError("an epoch is out of range")
        presence.seen(turn)
        applied = apply_batch(batch, turn)
        sent = [turn.send("down/ack", applied.ack)]
        returned = applied.returned | completing.settle(
            turn, epoch=batch.epoch, began=applied.began, closed=applied.ack.closed
        )
        if returned:
            waiting = asks.waiting_for(returned)
            sent += asks.retry_waiting(waiting, lambda terminal: self._turn_of(terminal, turn.now_ms))
        return sent

    def _greet(self, turn: Turn) -> list[Outgoing]:
        newest = epochs.newest(turn.terminal.pk)
        sent = [] if newest < 0 else [turn.send("down/ack", head_ack(turn, newest))]
        grants = Grant.objects.filter(terminal=turn.terminal, epoch=newest, status=Grant.Status.OPEN)
        sent += [granting.outgoing(grant) for grant in grants.order_by("made_at", "pk")]
        return [*sent, self._announce(turn, rules.publish(turn.branch))]

    def _overdue_asks(self, now_ms: int) -> list[Outgoing]:
        rows = asks.overdue(from_ms(now_ms))
        return asks.retry_waiting(rows, lambda terminal: self._turn_of(terminal, now_ms))

    def _open_grants(self, now_ms: int) -> list[Outgoing]:
        grants = Grant.objects.filter(
            status=Grant.Status.OPEN, terminal__online=True, sent_at__lte=from_ms(now_ms - _RESEND_MS)
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

    def _notice_garbled(self, turn: Turn, channel: str, error: WireError) -> None:
        """Once an hour for each channel: a broken terminal repeats itself."""
        key = f"{turn.terminal.pk}/{channel}/{turn.now_ms // _HOUR_MS}"
        detail = f"{turn.terminal.pk} {channel}: {error}"
        incidents.notice(Incident.Kind.GARBLED, key=key, terminal=turn.terminal.pk, detail=detail, at=turn.at)

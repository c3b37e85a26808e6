"""Turns of several messages: together where that works, and nobody's message spoils another's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from backend_bridge.link.outgoing import Incoming, Outgoing
from backend_bridge.link.taking import CentralCounts, Taken, Taking
from backend_bridge.link.terms import Received
from loyalty.wire.topics import topic

Turn = tuple[str, ...]


class Memory:
    """A desk that keeps what was committed; `refuses` says which turns fail, by the texts in them."""

    def __init__(self, refuses: Callable[[Turn], bool] = lambda _: False) -> None:
        self.refuses = refuses
        self.tried: list[Turn] = []
        self.committed: list[Turn] = []

    def handle_together(self, messages: Sequence[Incoming], *, now_ms: int) -> list[Outgoing]:
        turn = tuple(one.payload.decode() for one in messages)
        self.tried.append(turn)
        if self.refuses(turn):
            raise RuntimeError("the database refuses")
        self.committed.append(turn)
        return [Outgoing(one.terminal, "down/ack", one.payload) for one in messages]

    def due(self, *, now_ms: int) -> list[Outgoing]:
        return []


class Link:
    """Gives turns to a desk as the central end does, and keeps when each was acknowledged."""

    def __init__(self, desk: Memory, *, retries: int = 2) -> None:
        self.desk = desk
        self.counts = CentralCounts()
        self.stopping = threading.Event()
        self.taking = Taking(
            desk,
            clock=lambda: 1,
            counts=self.counts,
            stopping=self.stopping,
            retry_delays_s=(0.0,) * retries,
        )

    def turn(self, *texts: str) -> list[str]:
        """A turn of messages such as "molen-1 spends": what was acknowledged, in order. What was answered and
        acknowledged had been committed by then, except for what was skipped."""
        done: list[str] = []
        for taken in self.taking.take([received(text) for text in texts]):
            self.check(taken)
            done += [one.payload.decode() for one in taken.messages]
        return done

    def check(self, taken: Taken) -> None:
        committed = [text for turn in self.desk.committed for text in turn]
        assert all(one.payload.decode() in committed for one in taken.outgoing)


def received(text: str) -> Received:
    terminal = text.split(maxsplit=1)[0]
    return Received(topic(terminal, "up/journal"), text.encode(), lambda: None)


def poison(turn: Turn) -> bool:
    return any("poison" in text for text in turn)


def test_what_waits_is_one_turn() -> None:
    link = Link(Memory())
    assert link.turn("a 1", "b 1", "a 2") == ["a 1", "b 1", "a 2"]
    assert link.desk.committed == [("a 1", "b 1", "a 2")]
    assert link.counts == CentralCounts(handled=3)


def test_one_message_that_fails_spoils_none_of_the_others_and_they_do_not_wait_for_it() -> None:
    link = Link(Memory(poison))
    assert link.turn("a 1", "bad poison", "b 1") == ["a 1", "b 1", "bad poison"]
    assert link.desk.committed == [("a 1",), ("b 1",)]
    assert (link.counts.parted, link.counts.failed, link.counts.skipped, link.counts.handled) == (1, 3, 1, 2)


def test_messages_behind_one_that_fails_stay_behind_it_for_its_own_terminal_only() -> None:
    failures = [True, True, True]
    link = Link(Memory(lambda turn: "a 1" in turn and bool(failures) and failures.pop()))
    assert link.turn("a 1", "a 2", "b 1") == ["b 1", "a 1", "a 2"]
    assert link.desk.committed == [("b 1",), ("a 1",), ("a 2",)]
    assert link.counts.skipped == 0


def test_a_suspect_shares_no_turn_and_gets_one_try_until_the_desk_takes_something_of_it() -> None:
    link = Link(Memory(poison))
    link.turn("a 1", "bad poison")
    link.desk.tried.clear()
    link.turn("a 2", "bad poison 2", "b 1")
    assert link.desk.tried == [("a 2", "b 1"), ("bad poison 2",)]
    link.turn("bad is well", "a 3")
    link.desk.tried.clear()
    link.turn("bad again", "a 4")
    assert link.desk.tried == [("bad again", "a 4")]


def test_when_the_desk_works_for_nobody_messages_wait_for_it_in_their_order() -> None:
    away = [True] * 5
    link = Link(Memory(lambda _: bool(away) and away.pop()), retries=9)
    assert link.turn("a 1", "b 1", "c 1", "a 2") == ["a 1", "b 1", "c 1", "a 2"]
    assert link.desk.committed == [("a 1",), ("b 1",), ("c 1",), ("a 2",)]
    assert link.counts.skipped == 0


def test_what_is_not_taken_because_all_stops_is_not_acknowledged() -> None:
    link = Link(Memory())

    def stops(turn: Turn) -> bool:
        if turn == ("b 1",):
            link.stopping.set()
        return len(turn) > 1 or turn == ("b 1",)

    link.desk.refuses = stops
    assert link.turn("a 1", "b 1", "c 1") == ["a 1"]
    assert link.counts.skipped == 0


def test_strays_are_acknowledged_and_given_to_nobody() -> None:
    link = Link(Memory())
    stray = Received("tapbon/1/molen-1/down/ack", b"x", lambda: None)
    impostor = Received(topic("central", "up/journal"), b"x", lambda: None)
    unknown = Received("weather", b"x", lambda: None)
    [taken] = link.taking.take([stray, impostor, unknown])
    assert taken == Taken((stray, impostor, unknown), [])
    assert link.desk.tried == []
    assert link.counts.stray == 3

"""The inbox: whose turn it is, a bound that holds the sender up, and what a lost connection makes of it."""

from __future__ import annotations

import threading
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.link.inbox import Inbox
from backend_bridge.link.terms import Received
from loyalty.wire.topics import topic
from tests.patience import PATIENCE_S


def message(name: str, size: int = 1) -> Received:
    return Received(name, bytes(size), lambda: None)


def put_later(inbox: Inbox, one: Received) -> threading.Thread:
    thread = threading.Thread(target=inbox.put, args=(one,), daemon=True)
    thread.start()
    return thread


class Letters:
    """Messages of terminals, with what was acknowledged of them."""

    def __init__(self) -> None:
        self.inbox = Inbox(limit=1000, limit_bytes=1_000_000)
        self.acknowledged: list[bytes] = []

    def put(self, terminal: str, text: bytes) -> None:
        self.inbox.put(Received(topic(terminal, "up/journal"), text, lambda: self.acknowledged.append(text)))

    def take(self, most: int) -> list[bytes]:
        return [one.payload for one in self.inbox.take(0.0, most=most, most_bytes=1_000_000)]


def test_messages_of_one_terminal_come_out_in_order_and_then_there_is_none() -> None:
    inbox = Inbox(limit=9, limit_bytes=99)
    for name in "abc":
        inbox.put(message(name))
    taken = [[one.topic for one in inbox.take(0.0)] for _ in range(4)]
    assert taken == [["a"], ["b"], ["c"], []]


def test_one_terminal_that_sends_much_does_not_keep_the_others_waiting() -> None:
    letters = Letters()
    for number in range(200):
        letters.put("chatty", b"chatty %d" % number)
    letters.put("quiet", b"quiet")
    letters.put("calm", b"calm")
    assert letters.take(4) == [b"chatty 0", b"quiet", b"calm", b"chatty 1"]


def test_the_turns_go_on_where_they_stopped() -> None:
    letters = Letters()
    for number in range(2):
        for terminal in ("a", "b", "c"):
            letters.put(terminal, b"%s%d" % (terminal.encode(), number))
    assert letters.take(2) == [b"a0", b"b0"]
    assert letters.take(4) == [b"c0", b"a1", b"b1", b"c1"]


def test_a_turn_ends_when_it_has_enough_bytes() -> None:
    inbox = Inbox(limit=99, limit_bytes=9999)
    for _ in range(9):
        inbox.put(message("large", 100))
    assert len(inbox.take(0.0, most=9, most_bytes=250)) == 3
    assert len(inbox.take(0.0, most=9, most_bytes=1)) == 1


@given(
    senders=st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=40), most=st.lists(st.integers(1, 7), min_size=1)
)
def test_every_terminals_messages_stay_in_order_and_nobody_gets_two_turns_ahead(
    senders: list[str], most: list[int]
) -> None:
    letters = Letters()
    for number, sender in enumerate(senders):
        letters.put(sender, b"%s %d" % (sender.encode(), number))
    taken: list[bytes] = []
    for count in [*most, *[7] * len(senders)]:
        taken += letters.take(count)
    for sender in set(senders):
        numbers = [int(one.split()[1]) for one in taken if one.startswith(sender.encode())]
        assert numbers == [number for number, who in enumerate(senders) if who == sender]
    had: Counter[str] = Counter()
    left = Counter(senders)
    for one in taken:
        sender = one.decode().split()[0]
        # Whoever still waits has had at least as many turns as the one whose turn it is.
        assert all(had[other] >= had[sender] for other, count in left.items() if count)
        had[sender] += 1
        left[sender] -= 1
    assert not any(left.values())


def test_acknowledgements_leave_in_the_order_of_arrival() -> None:
    letters = Letters()
    for text in (b"first", b"second"):
        letters.put("chatty", text)
    letters.put("quiet", b"third")
    taken = letters.inbox.take(0.0, most=2, most_bytes=99)
    assert [one.payload for one in taken] == [b"first", b"third"]
    letters.inbox.acknowledge(taken[1:])
    assert letters.acknowledged == []
    letters.inbox.acknowledge(taken[:1])
    assert letters.acknowledged == [b"first"]
    letters.inbox.acknowledge(letters.inbox.take(0.0))
    assert letters.acknowledged == [b"first", b"second", b"third"]


def test_what_came_over_a_lost_connection_is_not_acknowledged_and_holds_nothing_up() -> None:
    letters = Letters()
    letters.put("a", b"before")
    letters.put("a", b"waiting")
    taken = letters.inbox.take(0.0)
    letters.inbox.lost()
    letters.put("a", b"after")
    letters.inbox.acknowledge(taken)
    assert letters.acknowledged == []
    letters.inbox.acknowledge(letters.inbox.take(0.0))
    assert letters.acknowledged == [b"after"]


def test_what_is_at_work_can_be_acknowledged_after_closing() -> None:
    letters = Letters()
    for text in (b"waiting", b"at work"):
        letters.put(text.split()[0].decode(), text)
    letters.put("at", b"late")
    [_, at_work] = taken = letters.inbox.take(0.0, most=2, most_bytes=99)
    letters.inbox.acknowledge(taken[:1])
    letters.inbox.close()
    letters.inbox.acknowledge([at_work])
    assert letters.acknowledged == [b"waiting", b"at work"]


def test_a_full_inbox_holds_the_sender_up_until_there_is_a_place() -> None:
    for inbox in (Inbox(limit=1, limit_bytes=99), Inbox(limit=9, limit_bytes=1)):
        inbox.put(message("a"))
        assert inbox.full
        sender = put_later(inbox, message("b"))
        assert len(inbox.take(0.0)) == 1
        sender.join(PATIENCE_S)
        assert [one.topic for one in inbox.take(0.0)] == ["b"]


def test_closing_frees_a_sender_that_is_held_up() -> None:
    inbox = Inbox(limit=1, limit_bytes=99)
    inbox.put(message("a"))
    sender = put_later(inbox, message("b"))
    inbox.close()
    sender.join(PATIENCE_S)
    assert not sender.is_alive()
    assert inbox.take(0.0) == []


def test_what_came_over_a_lost_connection_is_forgotten_and_said() -> None:
    inbox = Inbox(limit=9, limit_bytes=99)
    inbox.put(message("a"))
    inbox.answered(7, accepted=True)
    inbox.lost()
    assert inbox.take(0.0) == []
    news = inbox.news()
    assert (news.answered, news.lost) == ([(7, True)], True)
    assert not inbox.news().lost

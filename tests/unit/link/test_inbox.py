"""The inbox: order, a bound that holds the sender up, and what a lost connection makes of it."""

from __future__ import annotations

import threading

from backend_bridge.link.inbox import Inbox
from backend_bridge.link.terms import Received


def message(name: str, size: int = 1) -> Received:
    return Received(name, bytes(size), lambda: None)


def put_later(inbox: Inbox, one: Received) -> threading.Thread:
    thread = threading.Thread(target=inbox.put, args=(one,), daemon=True)
    thread.start()
    return thread


def test_messages_come_out_in_order_and_then_there_is_none() -> None:
    inbox = Inbox(limit=9, limit_bytes=99)
    for name in "abc":
        inbox.put(message(name))
    taken = [inbox.take(0.0) for _ in range(4)]
    assert [one.topic if one else None for one in taken] == ["a", "b", "c", None]


def test_a_full_inbox_holds_the_sender_up_until_there_is_a_place() -> None:
    for inbox in (Inbox(limit=1, limit_bytes=99), Inbox(limit=9, limit_bytes=1)):
        inbox.put(message("a"))
        assert inbox.full
        sender = put_later(inbox, message("b"))
        assert inbox.take(0.0) is not None
        sender.join(10)
        second = inbox.take(0.0)
        assert second is not None
        assert second.topic == "b"


def test_closing_frees_a_sender_that_is_held_up() -> None:
    inbox = Inbox(limit=1, limit_bytes=99)
    inbox.put(message("a"))
    sender = put_later(inbox, message("b"))
    inbox.close()
    sender.join(10)
    assert not sender.is_alive()
    assert inbox.take(0.0) is None


def test_what_came_over_a_lost_connection_is_forgotten_and_said() -> None:
    inbox = Inbox(limit=9, limit_bytes=99)
    inbox.put(message("a"))
    inbox.answered(7, accepted=True)
    inbox.lost()
    assert inbox.take(0.0) is None
    news = inbox.news()
    assert (news.answered, news.lost) == ([(7, True)], True)
    assert not inbox.news().lost

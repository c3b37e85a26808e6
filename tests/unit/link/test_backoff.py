"""Pauses between attempts: soon at first, longer later, never beyond the limit."""

from __future__ import annotations

from backend_bridge.link.backoff import Backoff


def test_pauses_double_up_to_the_limit() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next_s() for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_chance_takes_off_up_to_a_half() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next_s() for _ in range(3)] == [0.25, 0.5, 1.0]


def test_success_begins_again_and_a_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next_s() for _ in range(2_000)][-1] == 15
    backoff.reset()
    assert backoff.next_s() == 0.5

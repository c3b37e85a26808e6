"""Topics: what is written is what is read, and nothing else is a topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import WireError
from loyalty.wire import topics

ids = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?", fullmatch=True)
channels = st.sampled_from([*topics.UP, *topics.DOWN])


@given(ids, channels)
def test_a_topic_splits_into_what_it_was_made_of(terminal: str, channel: str) -> None:
    assert topics.split(topics.topic(terminal, channel)) == (terminal, channel)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_as_a_topic(text: str) -> None:
    with pytest.raises(WireError):
        topics.split(text)


@pytest.mark.parametrize("terminal", ["", "-a", "a-", "A", "a/b", "+", "#", "a+", "ä", "a" * 49, "a\n", "$sys", "a b"])
def test_what_could_reach_beyond_its_own_topics_is_no_terminal_id(terminal: str) -> None:
    with pytest.raises(WireError):
        topics.topic(terminal, "up/journal")
    with pytest.raises(WireError):
        topics.split(f"{topics.ROOT}/{terminal}/up/journal")


@pytest.mark.parametrize("channel", ["", "up", "up/", "up/#", "up/+", "down/x", "State", "up/journal/", "/up/journal"])
def test_an_unknown_channel_is_refused(channel: str) -> None:
    with pytest.raises(WireError):
        topics.topic("t1", channel)
    with pytest.raises(WireError):
        topics.split(f"{topics.ROOT}/t1/{channel}")


@pytest.mark.parametrize(
    "full", ["tapbon/2/t1/up/ask", "xtapbon/1/t1/up/ask", "tapbon/1t1/up/ask", "/tapbon/1/t1/up/ask"]
)
def test_another_root_is_refused(full: str) -> None:
    with pytest.raises(WireError):
        topics.split(full)

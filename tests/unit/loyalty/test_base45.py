"""Base45, against the examples of RFC 9285 and against text that nobody encoded."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loyalty import base45

#: RFC 9285, sections 4.3 and 4.4.
PUBLISHED = [
    (b"AB", "BB8"),
    (b"Hello!!", "%69 VD92EX0"),
    (b"base-45", "UJCLQE7W581"),
    (b"ietf!", "QED8WEX0"),
]


@pytest.mark.parametrize(("data", "text"), PUBLISHED)
def test_the_published_examples(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=90))
@example(b"\xff\xff")
@example(b"\xff")
def test_what_was_encoded_decodes(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize("text", ["A", "AAAA", ":::", "GGW", "::", "V5", "bb8", "BB\n", "ÅB8", "BB8\0"])
def test_text_that_no_encoder_made_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base45"):
        base45.decode(text)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12) | st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=12))
def test_hostile_text_is_refused_or_has_one_meaning(text: str) -> None:
    try:
        data = base45.decode(text)
    except ValueError:
        return
    assert base45.encode(data) == text

"""Ids that follow from a cause: the same in a replay, side by side for what is posted at one time."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.ledger.book import Book

AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
keys = st.text(min_size=1, max_size=140)
moments = st.floats(1_700_000_000, 4_000_000_000).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))


def id_of(key: str, number: int = 0, *, what: str = "lot", at: dt.datetime = AT, by: str = "api:key") -> str:
    return Book(at=at).cause(key=key, kind="award", company="de-molen", by=by).id(what, number)


@given(key=keys, number=st.integers(0, 999), at=moments)
def test_a_replay_makes_the_same_ids(key: str, number: int, at: dt.datetime) -> None:
    made = id_of(key, number, at=at)
    assert made == id_of(key, number, at=at)
    assert len(made) == 32


@given(one=st.tuples(keys, st.integers(0, 99)), other=st.tuples(keys, st.integers(0, 99)))
def test_different_causes_and_numbers_have_different_ids(one: tuple[str, int], other: tuple[str, int]) -> None:
    assert (id_of(*one) == id_of(*other)) == (one == other)
    assert id_of(*one) != id_of(*one, what="bonus")


@given(one=st.tuples(keys, moments), other=st.tuples(keys, moments))
def test_ids_lie_in_an_index_in_the_order_in_which_they_were_posted(
    one: tuple[str, dt.datetime], other: tuple[str, dt.datetime]
) -> None:
    (first, earlier), (second, later) = sorted((one, other), key=lambda posted: posted[1])
    if later - earlier >= dt.timedelta(seconds=1):
        assert id_of(first, at=earlier) < id_of(second, at=later)


def test_ids_of_one_journal_lie_side_by_side_and_say_whose_they_are() -> None:
    made = [id_of(f"molen-1/1/{seq}", by="terminal:molen-1") for seq in range(3)]
    assert made == ["lot-molen-1/1/0-0", "lot-molen-1/1/1-0", "lot-molen-1/1/2-0"]
    # What is too long for that is hashed like all others.
    assert len(id_of("m" * 60, by="terminal:molen-1")) == 32

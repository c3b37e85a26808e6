"""Lists come in pages: a cursor is ours or refused, and rows that are added move nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.api import cursors
from backend_bridge.central.api.problems import ProblemError
from backend_bridge.central.organisation.models import Branch
from tests.unit.central.api_neighbour import HOME, OTHER, neighbour
from tests.unit.central.lab import Lab

positions = st.lists(st.text(max_size=20) | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3).map(tuple)
places, secrets = st.text(max_size=20), st.binary(min_size=1, max_size=64)


@given(position=positions, place=places, key=secrets)
def test_a_cursor_says_what_it_was_given(position: cursors.Position, place: str, key: bytes) -> None:
    assert cursors.read(cursors.write(position, place=place, key=key), place=place, key=key) == position


@given(position=positions, place=places, other=places, key=secrets, wrong=secrets)
def test_a_cursor_of_another_list_or_another_maker_is_refused(
    position: cursors.Position, place: str, other: str, key: bytes, wrong: bytes
) -> None:
    cursor = cursors.write(position, place=place, key=key)
    if other != place:
        with pytest.raises(ProblemError):
            cursors.read(cursor, place=other, key=key)
    # HMAC pads keys with zeros.
    if wrong.rstrip(b"\0") != key.rstrip(b"\0"):
        with pytest.raises(ProblemError):
            cursors.read(cursor, place=place, key=wrong)


@given(position=positions, text=st.text(max_size=80), data=st.data())
def test_a_cursor_that_was_changed_is_refused(position: cursors.Position, text: str, data: st.DataObject) -> None:
    cursor = cursors.write(position, place="p", key=b"k")
    where = data.draw(st.integers(0, len(cursor)))
    for changed in (text, cursor[:where] + text + cursor[where:], cursor[:where], cursor[: where - 1] + cursor[where:]):
        if changed != cursor:
            with pytest.raises(ProblemError):
                cursors.read(changed, place="p", key=b"k")


def make(*ids: str, company: str = HOME) -> None:
    for one in ids:
        Branch.objects.create(id=one, company_id=company, name=one, timezone="Europe/Amsterdam")


def test_pages_show_every_row_once_while_rows_are_added(lab: Lab) -> None:
    make("b1", "b3", "b5", "b7")
    before = set(Branch.objects.filter(company=HOME).values_list("pk", flat=True))
    caller, seen, cursor = neighbour(), [], None
    while True:
        answer = caller.get("branches", limit=2, **({} if cursor is None else {"cursor": cursor}))
        assert len(answer.body["items"]) <= 2
        seen += [one["id"] for one in answer.body["items"]]
        cursor = answer.body["next"]
        if cursor is None:
            break
        make(f"a{len(seen)}", f"c{len(seen)}")

    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    assert seen == sorted(seen)


def test_p6_a_cursor_of_another_company_is_refused(lab: Lab) -> None:
    make("b1", "b2", "b3")
    make("z1", "z2", "z3", company=OTHER)
    cursor = neighbour(OTHER).get("branches", limit=1).body["next"]

    assert cursor is not None
    assert neighbour().get("branches", limit=1, cursor=cursor).broken == {("query.cursor", "cursor")}

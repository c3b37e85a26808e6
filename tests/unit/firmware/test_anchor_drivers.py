"""The anchor's stand-in in a file, and the name of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.hal.drivers.file_anchor import FileAnchor
from firmware.hal.drivers.machine import machine_id
from firmware.hal.errors import DeviceUnavailable, UnknownDriver
from firmware.hal.factory import make_anchor
from firmware.hal.ports import Mark
from firmware.hal.settings import AnchorSettings

marks = st.builds(Mark, st.integers(0, 2**62), st.integers(0, 2**62))


def test_an_anchor_has_no_mark_before_the_first(tmp_path: Path) -> None:
    assert FileAnchor(tmp_path / "anchor").read() is None


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_marks=st.lists(marks, min_size=1, max_size=8))
def test_a_mark_only_ever_moves_on_and_is_there_after_a_start(tmp_path: Path, given_marks: list[Mark]) -> None:
    path = tmp_path / "anchor"
    path.unlink(missing_ok=True)
    anchor = FileAnchor(path)
    for count, mark in enumerate(given_marks, start=1):
        anchor.advance(mark)
        assert FileAnchor(path).read() == anchor.read() == max(given_marks[:count])


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 31), newer=st.booleans())
def test_a_write_that_was_cut_short_leaves_the_mark_before_it(tmp_path: Path, place: int, newer: bool) -> None:
    path = tmp_path / "anchor"
    path.unlink(missing_ok=True)
    anchor = FileAnchor(path)
    anchor.advance(Mark(1, 7))
    before = path.read_bytes()
    anchor.advance(Mark(1, 8))
    after = path.read_bytes().ljust(len(before), b"\0")
    changed = [at for at in range(len(after)) if after[at : at + 1] != before[at : at + 1]]
    cut = bytearray(before.ljust(len(after), b"\0"))
    for at in changed[:place]:
        cut[at] = after[at]
    path.write_bytes(cut)
    assert FileAnchor(path).read() in (Mark(1, 7), Mark(1, 8))


def test_an_anchor_that_cannot_be_read_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "anchor"
    path.write_bytes(b"something else")
    with pytest.raises(DeviceUnavailable):
        FileAnchor(path).read()
    with pytest.raises(DeviceUnavailable):
        FileAnchor(path).advance(Mark(1, 1))
    with pytest.raises(DeviceUnavailable):
        FileAnchor(tmp_path).read()


def test_an_anchor_is_chosen_by_name(tmp_path: Path) -> None:
    assert make_anchor(AnchorSettings()) is None
    made = make_anchor(AnchorSettings(driver="file", path=str(tmp_path / "anchor")))
    assert made is not None
    made.advance(Mark(1, 1))
    assert (tmp_path / "anchor").exists()
    with pytest.raises(UnknownDriver, match="anchor"):
        make_anchor(AnchorSettings(driver="panel-of-the-future"))


def test_a_machine_is_named_by_the_first_source_that_says_something(tmp_path: Path) -> None:
    serial, other = tmp_path / "serial-number", tmp_path / "machine-id"
    other.write_text("abc\n")
    sources = (tmp_path / "missing", serial, other)
    fallback = machine_id(sources)
    serial.write_bytes(b"10000000abcdef\0")
    named = machine_id(sources)
    assert named is not None
    assert fallback is not None
    assert named != fallback
    assert "abcdef" not in named
    serial.write_bytes(b"\0\n")
    assert machine_id(sources) == fallback
    assert machine_id(()) is None

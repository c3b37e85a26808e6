"""Every requirement that is listed has a story, and every story tells of a requirement that is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.requirements import REQUIREMENTS, ids_of, shown, table


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_has_at_least_one_story(requirement: str) -> None:
    assert shown().get(requirement), f"no test in tests/unit/central/acceptance begins with test_{requirement.lower()}_"


def test_no_story_names_what_is_not_listed() -> None:
    assert set(shown()) <= set(REQUIREMENTS)


def test_the_ids_are_those_at_the_beginning_of_a_name() -> None:
    assert ids_of("test_p8_below_the_minimum_nothing_is_spent") == ["P8"]
    assert ids_of("test_p4_p5_x8_a_month") == ["P4", "P5", "X8"]
    assert ids_of("test_v12_of_six_tills_one") == ["V12"]
    assert ids_of("test_below_p8_nothing") == ids_of("test_p8") == []


def test_what_is_not_there_any_more_is_missing(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "def test_p1_a() -> None: ...\ndef test_b2() -> None: ...\n", encoding="utf-8"
    )
    (tmp_path / "till.py").write_text("def test_p2_a() -> None: ...\n", encoding="utf-8")

    assert shown(tmp_path) == {"P1": ["test_one.py::test_p1_a"]}


def test_the_table_has_a_row_for_each_with_its_stories() -> None:
    rows = table().splitlines()[2:]

    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(REQUIREMENTS)
    [minimum] = [row for row in rows if row.startswith("| P8 |")]
    assert "below the minimum nothing is spent and from it on any part" in minimum

"""Which bytes a `Range` header means."""

from __future__ import annotations

import pytest

from backend_bridge.link.rules_server import wanted_range


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, range(10)),
        ("bytes=0-", range(10)),
        ("bytes=4-", range(4, 10)),
        ("bytes=4-5", range(4, 6)),
        ("bytes=4-99", range(4, 10)),
        ("bytes=10-", None),
        ("bytes=5-4", None),
        ("bytes=-5", range(10)),
        ("bytes=0-1,3-4", range(10)),
        ("lines=1-2", range(10)),
    ],
)
def test_a_range_gives_its_bytes_and_an_unknown_form_gives_all(header: str | None, wanted: range | None) -> None:
    assert wanted_range(header, size=10) == wanted

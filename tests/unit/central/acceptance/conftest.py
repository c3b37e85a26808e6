"""A wall clock that the stories turn, and the books that they look into."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.unit.central.acceptance.till import Books
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import Lab


@pytest.fixture(autouse=True)
def clock(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which the API judges; the central system has this one place to read it."""
    made = Clock()
    monkeypatch.setattr(timezone, "now", made.read)
    return made


@pytest.fixture
def books(lab: Lab) -> Books:
    """The ledger from now on."""
    return Books()

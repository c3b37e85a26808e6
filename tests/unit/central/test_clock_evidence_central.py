"""When the central system takes an entry to have happened, and which claims it raises (X7)."""

from __future__ import annotations

import msgspec
import pytest

from backend_bridge.central.fleet.models import Incident, JournalEntry
from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger.models import Cause
from loyalty.entries import ClockEvidence
from loyalty.wire.messages import Grant
from tests.unit.central.lab import NOW_MS, Lab, PaperTerminal, incidents, points_wanted, returned, taken

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def known(at_ms: int, *, within_ms: int = 50, boot: str = "b") -> ClockEvidence:
    """Evidence of a clock that was compared with the central one just now."""
    return ClockEvidence(
        wall_ms=at_ms - 700, monotonic_ms=1, boot_id=boot, set_ago_ms=0, offset_ms=700, within_ms=within_ms
    )


def unknown(at_ms: int) -> ClockEvidence:
    """A wall clock that nobody vouches for."""
    return ClockEvidence(wall_ms=at_ms, monotonic_ms=1, boot_id="b")


@pytest.fixture
def molen(lab: Lab) -> PaperTerminal:
    return PaperTerminal("molen-1")


def happened(lab: Lab, paper: PaperTerminal, *clocks: ClockEvidence) -> list[int]:
    """When the central system takes entries with these clocks to have happened; the last came now."""
    grant = lab.grant(paper, points_wanted("anna", len(clocks)))
    [right] = grant.lots
    first = len(paper.journal)
    for clock in clocks:
        paper.write(returned((msgspec.structs.replace(right, points=1),)), clock=clock)
    lab.upload(paper, first)
    keys = [f"{paper.terminal}/{paper.epoch}/{seq}" for seq in range(first, len(paper.journal))]
    at = dict(Cause.objects.filter(key__in=keys).values_list("key", "happened_at"))
    return [to_ms(at[key]) for key in keys]


def raised() -> list[str]:
    """The details of what was raised about clocks."""
    return list(Incident.objects.filter(kind="clock").values_list("detail", flat=True))


def test_x7_a_known_time_is_when_it_happened_however_late_it_comes(lab: Lab, molen: PaperTerminal) -> None:
    told = [NOW_MS - 20 * DAY_MS, NOW_MS - 20 * DAY_MS, NOW_MS - 5_000]
    assert happened(lab, molen, *map(known, told)) == told
    assert raised() == []


def test_x7_a_time_that_is_not_known_is_put_into_its_place_in_the_sequence(lab: Lab, molen: PaperTerminal) -> None:
    before = NOW_MS - HOUR_MS
    clocks = [known(before), unknown(before - 30 * DAY_MS), unknown(before + 60_000), unknown(NOW_MS + DAY_MS)]
    assert happened(lab, molen, *clocks) == [before, before - 50, before + 60_000, NOW_MS]
    assert raised() == []


@pytest.mark.parametrize(("told", "taken_as"), [(-DAY_MS, -DAY_MS), (-36 * DAY_MS, 0), (HOUR_MS, 0), (-(2**60), 0)])
def test_x7_without_any_known_time_before_it_a_wall_clock_is_believed_within_reason(
    lab: Lab, molen: PaperTerminal, told: int, taken_as: int
) -> None:
    assert happened(lab, molen, unknown(NOW_MS + told)) == [NOW_MS + taken_as]


@pytest.mark.parametrize("boot", ["b", "another"])
def test_x7_a_known_time_before_the_one_before_it_is_raised_and_posted(
    lab: Lab, molen: PaperTerminal, boot: str
) -> None:
    back_dated = known(NOW_MS - 34 * DAY_MS, boot=boot)
    assert happened(lab, molen, known(NOW_MS - DAY_MS), back_dated) == [NOW_MS - DAY_MS, NOW_MS - DAY_MS - 50]
    [detail] = raised()
    assert detail.startswith("molen-1/1/3 claims to be of 2026-01-27")
    assert set(JournalEntry.objects.values_list("outcome", flat=True)) == {"posted"}


def test_x7_it_is_raised_also_where_the_two_come_in_messages_of_their_own(lab: Lab, molen: PaperTerminal) -> None:
    happened(lab, molen, known(NOW_MS - DAY_MS))
    happened(lab, molen, known(NOW_MS - 2 * DAY_MS))
    assert len(raised()) == 1
    lab.upload(molen)
    assert len(raised()) == 1


def test_x7_within_what_a_clock_may_be_off_nothing_is_raised(lab: Lab, molen: PaperTerminal) -> None:
    first = NOW_MS - DAY_MS
    happened(lab, molen, known(first, within_ms=30_000), known(first - 50_000, within_ms=25_000))
    assert raised() == []
    happened(lab, molen, known(first - 90_000, within_ms=25_000))
    assert len(raised()) == 1


def test_x7_a_known_time_that_is_to_come_or_long_gone_is_raised(lab: Lab, molen: PaperTerminal) -> None:
    assert happened(lab, molen, known(NOW_MS + 130_000), known(NOW_MS - 36 * DAY_MS)) == [NOW_MS, NOW_MS]
    assert len(raised()) == 2


def test_x7_a_poorly_known_time_proves_nothing(lab: Lab, molen: PaperTerminal) -> None:
    clocks = [known(NOW_MS - DAY_MS, within_ms=DAY_MS), known(NOW_MS - 2 * DAY_MS)]
    assert happened(lab, molen, *clocks) == [NOW_MS - DAY_MS, NOW_MS - 2 * DAY_MS]
    assert raised() == []


def test_x7_a_number_that_is_no_time_is_raised_and_stops_nothing(lab: Lab, molen: PaperTerminal) -> None:
    assert happened(lab, molen, known(2**62), known(-(2**62)), known(NOW_MS)) == [NOW_MS] * 3
    assert len(raised()) == 2
    grant = lab.ask(molen, points_wanted("anna", 5))[0].message
    assert isinstance(grant, Grant)
    molen.write(taken(grant))
    lab.upload(molen)
    assert incidents().count("suspense") == 0

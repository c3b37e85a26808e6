"""Evidence of a clock: what it shows, how well, and when it shows nothing (X7)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.clocks import TOLERANCE_MS, KnownInstant, drift_ms, earliest_ms, is_fine, judge, latest_ms
from loyalty.entries import MAX_INTEGER, ClockEvidence
from tests.unit.loyalty.samples import CLOCK, NOON_MS

DAY_MS = 24 * 3_600_000
HEARD = ClockEvidence(wall_ms=NOON_MS - 700, monotonic_ms=9_000, boot_id="b", set_ago_ms=0, offset_ms=700, within_ms=40)
KEPT = ClockEvidence(wall_ms=NOON_MS, monotonic_ms=9_000, boot_id="b", rtc=True, kept_ms=NOON_MS, kept_within_ms=1_500)
numbers = st.integers(-(2**63), 2**63 - 1)


def test_x7_the_central_clock_is_carried_on_and_gets_less_certain_by_200_ppm() -> None:
    assert judge(HEARD) == KnownInstant(NOON_MS, 40)
    after_a_day = msgspec.structs.replace(HEARD, wall_ms=HEARD.wall_ms + DAY_MS, set_ago_ms=DAY_MS)
    assert judge(after_a_day) == KnownInstant(NOON_MS + DAY_MS, 40 + 17_280)
    assert [drift_ms(one) for one in (-5, 0, 1, 5_000, 5_001)] == [0, 0, 1, 1, 2]


def test_x7_after_a_boot_only_a_clock_that_ran_without_power_is_believed() -> None:
    assert judge(KEPT) == KnownInstant(NOON_MS, 1_500)
    assert judge(msgspec.structs.replace(KEPT, wall_ms=NOON_MS + DAY_MS)) == KnownInstant(NOON_MS + DAY_MS, 18_780)
    assert judge(msgspec.structs.replace(KEPT, rtc=False)) is None
    assert judge(msgspec.structs.replace(KEPT, kept_ms=None)) is None


def test_x7_a_clock_behind_the_last_kept_time_is_not_believed() -> None:
    assert judge(msgspec.structs.replace(KEPT, wall_ms=NOON_MS - 1)) is None
    assert judge(msgspec.structs.replace(KEPT, kept_ms=NOON_MS + 1)) is None


def test_x7_without_any_word_the_time_is_unknown_and_everything_may_have_expired() -> None:
    assert judge(CLOCK) is None
    assert latest_ms(None) == MAX_INTEGER
    assert earliest_ms(None) == 0
    assert not is_fine(None)


@pytest.mark.parametrize(("within_ms", "fine"), [(TOLERANCE_MS, True), (TOLERANCE_MS + 1, False)])
def test_x7_the_tolerance_is_two_minutes(within_ms: int, fine: bool) -> None:
    assert is_fine(KnownInstant(NOON_MS, within_ms)) is fine
    assert TOLERANCE_MS == 120_000


@pytest.mark.parametrize("change", [{"set_ago_ms": -1}, {"within_ms": -1}])
def test_evidence_that_cannot_be_shows_nothing(change: dict[str, int]) -> None:
    assert judge(msgspec.structs.replace(HEARD, **change)) is None
    assert judge(msgspec.structs.replace(KEPT, kept_within_ms=-1)) is None


@given(st.builds(ClockEvidence, wall_ms=numbers, monotonic_ms=numbers, boot_id=st.text(max_size=3), rtc=st.booleans()))
def test_no_evidence_makes_the_uncertainty_negative(evidence: ClockEvidence) -> None:
    for changed in (evidence, msgspec.structs.replace(evidence, set_ago_ms=5, offset_ms=-7, within_ms=3)):
        known = judge(changed)
        assert known is None or known.earliest_ms <= known.at_ms <= known.latest_ms


def test_two_instants_overlap_where_both_can_be_true() -> None:
    one = KnownInstant(100, 10)
    assert all(one.overlaps(KnownInstant(at, 5)) for at in (85, 100, 115))
    assert not any(one.overlaps(KnownInstant(at, 5)) for at in (84, 116))

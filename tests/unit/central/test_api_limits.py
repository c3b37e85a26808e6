"""The buckets that count calls: never more than there are, and never more buckets than are allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.api.limits import BURST_S, RateLimiter

gaps = st.lists(st.floats(0, 10), max_size=200)


@given(gaps=gaps, per_second=st.floats(0.1, 50))
def test_in_any_stretch_of_time_no_more_pass_than_allowed(gaps: list[float], per_second: float) -> None:
    limiter = RateLimiter()
    now, passed = 0.0, []
    for gap in gaps:
        now += gap
        if limiter.wait_s("k", per_second=per_second, now_s=now) == 0:
            passed.append(now)

    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= max(1, per_second * BURST_S) + (passed[last] - start) * per_second + 1e-6


@given(gaps=gaps, per_second=st.floats(0.1, 50))
def test_who_waits_as_long_as_told_passes(gaps: list[float], per_second: float) -> None:
    limiter = RateLimiter()
    now = 0.0
    for gap in gaps:
        now += gap / 100
        wait = limiter.wait_s("k", per_second=per_second, now_s=now)
        if wait:
            now += wait + 1e-6
            assert limiter.wait_s("k", per_second=per_second, now_s=now) == 0


def test_memory_is_bounded_and_the_busiest_are_kept() -> None:
    limiter = RateLimiter(keys=10)
    for number in range(1000):
        limiter.wait_s("busy", per_second=0.25, now_s=0)
        limiter.wait_s(str(number), per_second=0.25, now_s=0)

    assert len(limiter) == 10
    assert limiter.wait_s("busy", per_second=0.25, now_s=0) == 4

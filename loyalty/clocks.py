"""How well a time is known (X7): evidence in, an instant with its uncertainty out, or nothing.

Where the central clock was heard in this boot, time is that clock carried on by the monotonic one. Where
it was not, the wall clock is believed if the machine has one that runs without power and it is not behind
the last time that was kept on the disk. Otherwise the time is unknown, and what depends on it waits for a
connection. Nothing here reads a clock.
"""

from __future__ import annotations

import msgspec

from loyalty.entries import MAX_INTEGER, ClockEvidence

#: How far a terminal's clocks may run away from the central one: 200 millionths, 17 seconds a day.
DRIFT_PPM = 200
#: Above this uncertainty a terminal says that its clock is not known, where a border is near.
TOLERANCE_MS = 120_000
#: Spending without a connection ends this long after the last list of blocked cards was confirmed (design, 10).
BLOCKED_LIST_MS = 72 * 3_600_000


class KnownInstant(msgspec.Struct, frozen=True):
    """It is `at_ms` (Unix, milliseconds, by the central clock), give or take `within_ms`."""

    at_ms: int
    within_ms: int

    @property
    def earliest_ms(self) -> int:
        """It is not earlier than this."""
        return self.at_ms - self.within_ms

    @property
    def latest_ms(self) -> int:
        """It is not later than this."""
        return self.at_ms + self.within_ms

    def overlaps(self, other: KnownInstant) -> bool:
        """Whether both can be true of the same moment."""
        return self.earliest_ms <= other.latest_ms and other.earliest_ms <= self.latest_ms


class KeptTime(msgspec.Struct, frozen=True, kw_only=True):
    """The last time that was known, as it is kept on the disk.

    At `monotonic_ms` of boot `boot_id` it was `central_ms`, give or take `within_ms`; the wall clock was
    off by at most `wall_off_ms`. `heard` says that the central clock was heard in that boot.
    """

    central_ms: int
    within_ms: int
    wall_off_ms: int
    boot_id: str
    monotonic_ms: int
    heard: bool = True


def drift_ms(elapsed_ms: int) -> int:
    """How far the clocks may have run apart in `elapsed_ms`, rounded up."""
    return -(-max(elapsed_ms, 0) * DRIFT_PPM // 1_000_000)


def judge(evidence: ClockEvidence) -> KnownInstant | None:
    """The instant that `evidence` shows, or None where it shows none."""
    at_ms = evidence.wall_ms + (evidence.offset_ms or 0)
    if evidence.set_ago_ms is not None:
        if evidence.set_ago_ms < 0 or evidence.within_ms < 0:
            return None
        return KnownInstant(at_ms, evidence.within_ms + drift_ms(evidence.set_ago_ms))
    kept = evidence.kept_ms
    if not evidence.rtc or kept is None or at_ms < kept or evidence.kept_within_ms < 0:
        return None
    return KnownInstant(at_ms, evidence.kept_within_ms + drift_ms(at_ms - kept))


def latest_ms(known: KnownInstant | None) -> int:
    """The latest that it can be: what expires at or before this instant must be taken for expired. With an
    unknown time that is all that ever expires."""
    return MAX_INTEGER if known is None else min(known.latest_ms, MAX_INTEGER)


def earliest_ms(known: KnownInstant | None) -> int:
    """The earliest that it can be: what expires after this instant may not have expired yet."""
    return 0 if known is None else max(known.earliest_ms, 0)


def is_fine(known: KnownInstant | None) -> bool:
    """Whether the time is known within the tolerance."""
    return known is not None and known.within_ms <= TOLERANCE_MS

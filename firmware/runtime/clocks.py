"""What the terminal knows of the time: its own clocks, and what the central system's showed.

How well a time is known is `loyalty.clocks`; here is what is remembered of what was heard. Timers run on
the monotonic clock; everything that a customer may or may not do is judged by `now`.
"""

from __future__ import annotations

from firmware.hal.ports import Clock
from loyalty import clocks
from loyalty.clocks import KeptTime, KnownInstant
from loyalty.entries import ClockEvidence


class KnownTime:
    """The terminal's clock with its evidence (X7). `rtc`: the machine has a clock that runs without power."""

    def __init__(self, clock: Clock, *, rtc: bool = False) -> None:
        self._clock = clock
        self._rtc = rtc
        self._boot = clock.boot_id()
        #: Later changes of the wall clock in this boot change nothing: it is carried on by the monotonic one.
        self._began = (clock.wall_ms(), clock.monotonic_ms())
        #: What the central clock showed, at which monotonic time.
        self._heard: tuple[KnownInstant, int] | None = None
        self._kept: KeptTime | None = None
        #: The central clock was past this: a word without an upper end.
        self._floor_ms = 0
        #: What was judged last, so that time does not run backwards when a new word is a little earlier.
        self._judged: KnownInstant | None = None

    def wall_ms(self) -> int:
        """Unix time as this machine's clock shows it."""
        return self._clock.wall_ms()

    def monotonic_ms(self) -> int:
        """Time for timers."""
        return self._clock.monotonic_ms()

    def central_ms(self) -> int:
        """The central clock, as well as it is known here: for what is shown, and for deadlines."""
        evidence = self.evidence()
        return evidence.wall_ms + (evidence.offset_ms or 0)

    def now(self) -> KnownInstant | None:
        """The time that expiry, windows and the age of the list are judged by; None: unknown."""
        return clocks.judge(self.evidence())

    def latest_ms(self) -> int:
        """The latest that it can be (`clocks.latest_ms`)."""
        return clocks.latest_ms(self.now())

    def earliest_ms(self) -> int:
        """The earliest that it can be (`clocks.earliest_ms`)."""
        return clocks.earliest_ms(self.now())

    # --- what is heard ------------------------------------------------------------------------

    def compare(self, central_ms: int, *, asked_ms: int) -> None:
        """The central clock showed `central_ms` at some moment since `asked_ms` of the monotonic one: the
        answer to a question that was asked then. The better of this word and the one before it stays."""
        now_ms = self._clock.monotonic_ms()
        way_ms = max(now_ms - asked_ms, 0)
        word = KnownInstant(central_ms + way_ms // 2, way_ms - way_ms // 2)
        before = self._carried(now_ms)
        if before is None or word.within_ms < before.within_ms or not word.overlaps(before):
            self._heard = (word, now_ms)
            if self._judged is not None and not word.overlaps(self._judged):
                # What was believed before (the wall clock, say) was wrong: time steps to what is right.
                self._judged = None
        self.at_least(central_ms)

    def at_least(self, central_ms: int) -> None:
        """The central system has signed `central_ms` at some time before now: nothing says how long ago."""
        self._floor_ms = max(self._floor_ms, central_ms)
        carried = self._carried(self._clock.monotonic_ms())
        if carried is not None and central_ms > carried.latest_ms:
            # The clocks ran apart by more than they can: what was heard is worth nothing until it is asked anew.
            self._heard = None

    # --- what is kept -------------------------------------------------------------------------

    def carry_on(self, kept: KeptTime | None) -> None:
        """Take up what was kept on the disk: before the first word of this run."""
        self._kept = kept
        if kept is not None and kept.heard and kept.boot_id == self._boot:
            self._heard = (KnownInstant(kept.central_ms, kept.within_ms), kept.monotonic_ms)

    def to_keep(self) -> KeptTime | None:
        """The time that is to be kept on the disk; None while it is not known."""
        known = self.now()
        if known is None:
            return None
        heard = self._heard is not None
        off_ms = abs(known.at_ms - self._clock.wall_ms()) if heard else 0
        return KeptTime(
            central_ms=known.at_ms,
            within_ms=known.within_ms,
            wall_off_ms=off_ms + known.within_ms,
            boot_id=self._boot,
            monotonic_ms=self._clock.monotonic_ms(),
            heard=heard,
        )

    def evidence(self) -> ClockEvidence:
        """The time of an entry that is written now, and how well it is known."""
        now_ms, wall_ms = self._clock.monotonic_ms(), self._clock.wall_ms()
        heard = self._heard
        evidence = self._unheard(now_ms, wall_ms) if heard is None else self._by_word(*heard, now_ms, wall_ms)
        known = clocks.judge(evidence)
        if known is not None and (self._judged is None or known.at_ms >= self._judged.at_ms):
            self._judged = known
        return evidence

    def _by_word(self, word: KnownInstant, heard_ms: int, now_ms: int, wall_ms: int) -> ClockEvidence:
        ago_ms = now_ms - heard_ms
        at_ms = word.at_ms + ago_ms
        # An earlier time than was judged before is never judged; the difference is not known any better.
        back_ms = 0 if self._judged is None else max(self._judged.at_ms - at_ms, 0)
        return ClockEvidence(
            wall_ms=wall_ms,
            monotonic_ms=now_ms,
            boot_id=self._boot,
            set_ago_ms=ago_ms,
            offset_ms=at_ms + back_ms - wall_ms,
            within_ms=word.within_ms + back_ms,
        )

    def _unheard(self, now_ms: int, wall_ms: int) -> ClockEvidence:
        began_wall_ms, began_ms = self._began
        carried_ms = began_wall_ms + now_ms - began_ms
        kept = self._kept
        return ClockEvidence(
            wall_ms=wall_ms,
            monotonic_ms=now_ms,
            boot_id=self._boot,
            offset_ms=carried_ms - wall_ms if carried_ms != wall_ms else None,
            rtc=self._rtc,
            kept_ms=max(kept.central_ms, self._floor_ms) if kept is not None else None,
            kept_within_ms=kept.wall_off_ms if kept is not None else 0,
        )

    def _carried(self, now_ms: int) -> KnownInstant | None:
        """What was heard, as it is now."""
        if self._heard is None:
            return None
        word, heard_ms = self._heard
        ago_ms = now_ms - heard_ms
        return KnownInstant(word.at_ms + ago_ms, word.within_ms + clocks.drift_ms(ago_ms))

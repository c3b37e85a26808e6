"""When a code counts as seen: the rules of `Sightings`, and what must hold for any course of frames."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware.hal.drivers.sightings import ABSENCE_MS, Code, Sightings

A, B, SIGNED = Code("A", "qr"), Code("B", "qr"), Code("signed", "qr")
FRAME_MS = 66


def _is_signed(text: str) -> bool:
    return text == SIGNED.text


def _sightings() -> Sightings:
    return Sightings(is_signed=_is_signed)


def test_an_unsigned_code_in_one_frame_is_not_told() -> None:
    sightings = _sightings()

    assert sightings.observe([A], at_ms=0) == []
    assert sightings.undecided


def test_an_unsigned_code_in_two_frames_is_told_once() -> None:
    sightings = _sightings()

    told = [sightings.observe([A], at_ms=n * FRAME_MS) for n in range(5)]

    assert told == [[], [A], [], [], []]
    assert not sightings.undecided


def test_a_valid_signature_needs_one_frame_only() -> None:
    assert _sightings().observe([SIGNED], at_ms=0) == [SIGNED]


def test_a_blurred_frame_between_does_not_part_two_equal_ones() -> None:
    sightings = _sightings()
    sightings.observe([A], at_ms=0)
    sightings.observe([], at_ms=FRAME_MS)

    assert sightings.observe([A], at_ms=2 * FRAME_MS) == [A]


def test_a_decoder_that_guesses_now_this_now_that_is_not_believed() -> None:
    sightings = _sightings()

    told = [sightings.observe([(A, B)[n % 2]], at_ms=n * FRAME_MS) for n in range(10)]

    assert told == [[]] * 10


def test_two_readings_a_second_apart_are_not_two_equal_frames() -> None:
    sightings = _sightings()
    sightings.observe([A], at_ms=0)

    assert sightings.observe([A], at_ms=ABSENCE_MS) == []


def test_the_same_text_in_another_symbology_does_not_confirm() -> None:
    sightings = _sightings()
    sightings.observe([A], at_ms=0)

    assert sightings.observe([Code(A.text, "code-128")], at_ms=FRAME_MS) == []


def test_a_code_that_left_for_less_than_a_second_is_not_told_again() -> None:
    sightings = _sightings()
    sightings.observe([SIGNED], at_ms=0)
    sightings.observe([], at_ms=1)

    assert sightings.observe([SIGNED], at_ms=ABSENCE_MS) == []


def test_a_code_that_left_for_a_second_is_told_again() -> None:
    sightings = _sightings()
    sightings.observe([SIGNED], at_ms=0)
    sightings.observe([], at_ms=1)

    assert sightings.observe([SIGNED], at_ms=1 + ABSENCE_MS) == [SIGNED]


def test_a_code_that_comes_back_must_be_certain_anew() -> None:
    sightings = _sightings()
    sightings.observe([A], at_ms=0)
    sightings.observe([A], at_ms=1)
    sightings.observe([], at_ms=2)

    assert sightings.observe([A], at_ms=2 + ABSENCE_MS) == []
    assert sightings.observe([A], at_ms=3 + ABSENCE_MS) == [A]


def test_a_camera_that_paused_does_not_make_a_code_new() -> None:
    sightings = _sightings()
    sightings.observe([SIGNED], at_ms=0)

    assert sightings.observe([SIGNED], at_ms=60_000) == []


def test_a_code_missed_in_an_unchanged_picture_has_not_left() -> None:
    sightings = _sightings()
    sightings.observe([SIGNED], at_ms=0)
    sightings.observe([], at_ms=500, still=True)
    sightings.observe([], at_ms=1_600, still=True)

    assert sightings.observe([SIGNED], at_ms=2_000) == []


def test_two_coupons_side_by_side_are_both_told() -> None:
    sightings = _sightings()
    sightings.observe([A, B], at_ms=0)

    assert sightings.observe([B, A, B], at_ms=1) == [B, A]


@dataclass(frozen=True)
class Frame:
    """What a made-up frame shows, and how long after the one before it comes."""

    codes: tuple[Code, ...]
    after_ms: int
    still: bool


FRAMES = st.lists(
    st.builds(
        Frame,
        codes=st.lists(st.sampled_from([A, B, SIGNED]), max_size=3).map(tuple),
        after_ms=st.one_of(st.integers(1, 200), st.integers(900, 1_100)),
        still=st.booleans(),
    ),
    max_size=30,
)


def _played(frames: list[Frame]) -> list[tuple[int, Frame, list[Code]]]:
    sightings, now, played = _sightings(), 0, []
    for frame in frames:
        now += frame.after_ms
        played.append((now, frame, sightings.observe(frame.codes, at_ms=now, still=frame.still)))
    return played


@given(FRAMES)
def test_only_what_the_frame_shows_is_told_and_each_once(frames: list[Frame]) -> None:
    for _, frame, told in _played(frames):
        assert set(told) <= set(frame.codes)
        assert len(told) == len(set(told))


@given(FRAMES)
def test_nothing_is_told_twice_without_a_second_of_absence_between(frames: list[Frame]) -> None:
    played = _played(frames)
    for code in (A, B, SIGNED):
        # The start of the present absence, and whether one of them has lasted since the last telling.
        told_before, missing_since, was_away = False, None, False
        for now, frame, told in played:
            was_away |= missing_since is not None and now - missing_since >= ABSENCE_MS
            if code in told:
                assert not told_before or was_away
                told_before, was_away = True, False
            if code in frame.codes:
                missing_since = None
            elif missing_since is None:
                missing_since = now


@given(FRAMES)
def test_an_unsigned_code_is_told_only_after_another_frame_with_it_less_than_a_second_before(
    frames: list[Frame],
) -> None:
    last_seen: dict[Code, int] = {}
    for now, frame, told in _played(frames):
        assert all(now - last_seen.get(code, -ABSENCE_MS) < ABSENCE_MS for code in told if code != SIGNED)
        last_seen.update(dict.fromkeys(frame.codes, now))


@given(FRAMES)
def test_every_code_in_two_following_frames_has_been_told_by_then(frames: list[Frame]) -> None:
    played = _played(frames)
    told_ever: set[Code] = set()
    for (before_ms, before, told_before), (now, frame, told) in pairwise(played):
        told_ever |= {*told_before, *told}
        if now - before_ms < ABSENCE_MS:
            assert set(before.codes) & set(frame.codes) <= told_ever


@given(FRAMES)
def test_a_signed_code_is_told_in_the_first_frame_with_it(frames: list[Frame]) -> None:
    first = next((told for _, frame, told in _played(frames) if SIGNED in frame.codes), [SIGNED])
    assert SIGNED in first

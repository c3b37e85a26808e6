"""How often a scene is looked at: the gate saves work and never hides a code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware.hal.drivers.motion_gate import MotionGate, Verdict

EMPTY: NDArray[np.uint8] = np.full((90, 160), 118, np.uint8)


def _with_paper(size: int) -> NDArray[np.uint8]:
    scene = EMPTY.copy()
    scene[10 : 10 + size, 10 : 10 + size] = 230
    return scene


def _settled() -> tuple[MotionGate, int]:
    """A gate that has looked at the empty scene for long enough, and the time of its next frame."""
    gate = MotionGate()
    now = 0
    while gate.judge(EMPTY, at_ms=now) is not Verdict.SKIP:
        now += 1
    return gate, now + 1


def test_the_first_frame_is_looked_at() -> None:
    assert MotionGate().judge(EMPTY, at_ms=0) is Verdict.MOVED


def test_an_unchanged_scene_is_looked_at_twice_a_second_at_most() -> None:
    gate, now = _settled()

    looks = [now + n for n in range(2000) if gate.judge(EMPTY, at_ms=now + n) is not Verdict.SKIP]

    assert 3 <= len(looks) <= 4


def test_paper_of_the_size_of_a_small_coupon_is_a_movement() -> None:
    gate, now = _settled()

    assert gate.judge(_with_paper(15), at_ms=now) is Verdict.MOVED


def test_a_code_held_still_gets_more_than_two_looks() -> None:
    gate, now = _settled()

    verdicts = [gate.judge(_with_paper(30), at_ms=now + n) for n in range(5)]

    assert verdicts == [Verdict.MOVED] + [Verdict.STILL] * 4


def test_noise_of_a_few_levels_is_no_movement() -> None:
    gate, now = _settled()
    noise = np.random.default_rng(1).integers(-5, 6, EMPTY.shape)

    assert gate.judge((EMPTY + noise).astype(np.uint8), at_ms=now) is Verdict.SKIP


def test_a_coupon_pushed_in_too_slowly_for_two_frames_to_differ_is_noticed() -> None:
    gate, now = _settled()
    scenes = [np.full((90, 160), 118 + level, np.uint8) for level in range(20)]

    assert Verdict.MOVED in [gate.judge(scene, at_ms=now) for scene in scenes]


def test_an_undecided_code_gets_the_next_frame_though_nothing_moved() -> None:
    gate, now = _settled()
    gate.look_again()

    assert gate.judge(EMPTY, at_ms=now) is Verdict.STILL


def test_a_camera_that_changes_its_resolution_is_looked_at() -> None:
    gate, now = _settled()

    assert gate.judge(EMPTY[:60, :80], at_ms=now) is Verdict.MOVED

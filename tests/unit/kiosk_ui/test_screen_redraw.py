"""Only what changed is drawn again, and what is drawn in parts looks as if drawn at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pygame

from firmware.terminal.model import PoolView, State
from kiosk_ui.fonts import Fonts
from kiosk_ui.gallery import render
from kiosk_ui.geometry import Rect, merged
from kiosk_ui.painter import Painter
from kiosk_ui.samples import BALANCE, NOW_MS, VISIT, at, samples
from kiosk_ui.screens import PHASE_MS, build
from kiosk_ui.window import KioskWindow

SAMPLES = samples()


def area(rects: tuple[Rect, ...]) -> int:
    return sum(rect.w * rect.h for rect in rects)


def test_the_first_screen_is_drawn_whole_and_the_same_again_not_at_all(window: KioskWindow) -> None:
    assert window.show(SAMPLES["balance"], at_ms=NOW_MS) == (Rect(0, 0, 1024, 600),)
    assert window.show(SAMPLES["balance"], at_ms=NOW_MS + 1_000) == ()
    assert window.show(replace(SAMPLES["balance"]), at_ms=NOW_MS + 2_000) == ()


def test_a_changed_balance_redraws_little(window: KioskWindow) -> None:
    window.show(SAMPLES["balance"], at_ms=NOW_MS)
    more = replace(BALANCE, pools=(replace(BALANCE.pools[0], total=1241), BALANCE.pools[1]))
    rects = window.show(at(State.BALANCE, visit=replace(VISIT, balance=more)), at_ms=NOW_MS)
    assert rects
    assert area(rects) < 1024 * 600 // 20


def test_what_moves_redraws_little_and_seldom(open_window: Callable[..., KioskWindow]) -> None:
    window = open_window(motion=True)
    window.show(SAMPLES["idle"], at_ms=NOW_MS)
    drawn = [window.show(SAMPLES["idle"], at_ms=NOW_MS + step * 10) for step in range(1, 201)]
    changes = [rects for rects in drawn if rects]
    assert 0 < len(changes) <= 2_000 // PHASE_MS + 1 <= 8
    assert all(area(rects) < 1024 * 600 // 50 for rects in changes)


def test_nothing_moves_where_motion_is_off(window: KioskWindow) -> None:
    window.show(SAMPLES["idle"], at_ms=NOW_MS)
    assert not any(window.show(SAMPLES["idle"], at_ms=NOW_MS + step * 100) for step in range(1, 50))


def test_any_screen_after_any_other_looks_as_if_drawn_alone(window: KioskWindow) -> None:
    fonts, size = Fonts(), (1024, 600)
    surface = pygame.Surface(size)
    painter = Painter(surface, fonts)
    for name in (
        "balance",
        "balance_offline",
        "balance_recent",
        "confirming",
        "redeemed",
        "idle",
        "offline",
        "balance",
    ):
        screen = build(SAMPLES[name], fonts=fonts, size=size, at_ms=NOW_MS)
        painter.draw(screen.root.drawing())
        whole = render(screen, fonts)
        assert pygame.image.tobytes(surface, "RGB") == pygame.image.tobytes(whole, "RGB"), name


def test_rectangles_that_meet_are_joined() -> None:
    apart = (Rect(0, 0, 10, 10), Rect(50, 0, 10, 10))
    assert merged(apart) == apart
    assert merged((*apart, Rect(5, 0, 50, 5))) == (Rect(0, 0, 60, 10),)
    assert merged((Rect(3, 3, 0, 5),)) == ()


def test_a_pool_that_became_empty_shows_it(window: KioskWindow) -> None:
    window.show(SAMPLES["balance"], at_ms=NOW_MS)
    none = replace(BALANCE, pools=(PoolView(pool="bread", total=0),))
    window.show(at(State.BALANCE, visit=replace(VISIT, balance=none)), at_ms=NOW_MS)
    assert "0 points" in str(window.tree())

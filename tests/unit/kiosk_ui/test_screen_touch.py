"""Touches: once each, on release, on the button where they began."""

from __future__ import annotations

import pygame
import pytest

from firmware.terminal.events import DonePressed, LanguagePressed, RewardPressed, ScanPressed
from kiosk_ui.errors import KioskError
from kiosk_ui.samples import NOW_MS, samples
from kiosk_ui.window import KioskWindow, WindowClosed

SAMPLES = samples()
Point = tuple[int, int]


def middle(window: KioskWindow, label: str) -> Point:
    """The middle of a button, as somebody finds it who reads the tree."""
    open_ = list(window.tree()["nodes"])
    while open_:
        node = open_.pop()
        if node["role"] == "button" and node["label"] == label:
            x, y, w, h = node["rect"]
            return x + w // 2, y + h // 2
        open_ += node["children"]
    raise AssertionError(f"no button {label}")


def mouse(kind: int, at: Point, *, touch: bool = False, button: int = 1) -> None:
    pygame.event.post(pygame.event.Event(kind, {"pos": at, "button": button, "touch": touch}))


def finger(kind: int, at: Point, *, finger_id: int = 7) -> None:
    place = {"x": at[0] / 1024, "y": at[1] / 600, "finger_id": finger_id, "touch_id": 1}
    pygame.event.post(pygame.event.Event(kind, place))


@pytest.fixture
def balance(window: KioskWindow) -> KioskWindow:
    window.show(SAMPLES["balance"], at_ms=NOW_MS)
    window.pump()
    return window


def test_a_touch_counts_on_release(balance: KioskWindow) -> None:
    at = middle(balance, "Free coffee")
    finger(pygame.FINGERDOWN, at)
    assert balance.pump() == []
    finger(pygame.FINGERUP, at)
    assert balance.pump() == [RewardPressed("coffee")]


def test_a_finger_and_the_mouse_that_it_pretends_to_be_count_once(balance: KioskWindow) -> None:
    at = middle(balance, "Done")
    finger(pygame.FINGERDOWN, at)
    mouse(pygame.MOUSEBUTTONDOWN, at, touch=True)
    finger(pygame.FINGERUP, at)
    mouse(pygame.MOUSEBUTTONUP, at, touch=True)
    assert balance.pump() == [DonePressed()]


def test_a_touchscreen_that_is_only_a_mouse_works(balance: KioskWindow) -> None:
    at = middle(balance, "Scan a coupon")
    mouse(pygame.MOUSEBUTTONDOWN, at, touch=True)
    mouse(pygame.MOUSEBUTTONUP, at, touch=True)
    assert balance.pump() == [ScanPressed()]


def test_a_real_mouse_still_counts_after_fingers(balance: KioskWindow) -> None:
    balance.inject_touch(*middle(balance, "Done"))
    assert balance.pump() == [DonePressed()]
    at = middle(balance, "Scan a coupon")
    mouse(pygame.MOUSEBUTTONDOWN, at)
    mouse(pygame.MOUSEBUTTONUP, at)
    assert balance.pump() == [ScanPressed()]


@pytest.mark.parametrize("let_go", ["Scan a coupon", None])
def test_pressing_and_sliding_off_does_nothing(balance: KioskWindow, let_go: str | None) -> None:
    finger(pygame.FINGERDOWN, middle(balance, "Done"))
    finger(pygame.FINGERUP, middle(balance, let_go) if let_go else (2, 2))
    assert balance.pump() == []


def test_sliding_onto_a_button_does_nothing(balance: KioskWindow) -> None:
    finger(pygame.FINGERDOWN, (2, 2))
    finger(pygame.FINGERUP, middle(balance, "Done"))
    assert balance.pump() == []


def test_a_press_on_a_screen_that_is_gone_does_nothing(balance: KioskWindow) -> None:
    at = middle(balance, "Done")
    finger(pygame.FINGERDOWN, at)
    assert balance.pump() == []
    balance.show(SAMPLES["refused_coupon_used"], at_ms=NOW_MS)
    finger(pygame.FINGERUP, middle(balance, "Done"))
    assert balance.pump() == []


def test_a_reward_that_cannot_be_had_can_be_pressed_to_be_told_why(balance: KioskWindow) -> None:
    balance.inject_touch(*middle(balance, "Breakfast for two"))
    assert balance.pump() == [RewardPressed("breakfast")]


def test_two_fingers_are_two_touches(balance: KioskWindow) -> None:
    for kind in (pygame.FINGERDOWN, pygame.FINGERUP):
        finger(kind, middle(balance, "Free coffee"), finger_id=1)
        finger(kind, middle(balance, "Čeština"), finger_id=2)
    assert balance.pump() == [RewardPressed("coffee"), LanguagePressed("cs")]


def test_a_button_under_a_finger_looks_pressed(balance: KioskWindow) -> None:
    at = middle(balance, "Done")
    before = balance.png()
    finger(pygame.FINGERDOWN, at)
    balance.pump()
    pressed = balance.png()
    finger(pygame.FINGERUP, at)
    balance.pump()
    assert pressed != before
    assert balance.png() == before


def test_other_mouse_buttons_and_the_very_edge_do_no_harm(balance: KioskWindow) -> None:
    at = middle(balance, "Done")
    mouse(pygame.MOUSEBUTTONDOWN, at, button=3)
    mouse(pygame.MOUSEBUTTONUP, at, button=3)
    finger(pygame.FINGERDOWN, (1024, 600))
    finger(pygame.FINGERUP, (1024, 600))
    assert balance.pump() == []


def test_closing_the_window_is_told(balance: KioskWindow) -> None:
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    with pytest.raises(WindowClosed):
        balance.pump()


def test_before_anything_is_shown_there_is_no_tree(window: KioskWindow) -> None:
    assert window.pump() == []
    with pytest.raises(KioskError):
        window.tree()


def test_the_tree_and_the_picture_are_of_what_is_shown(balance: KioskWindow) -> None:
    tree = balance.tree()
    assert (tree["screen"], tree["language"], tree["size"]) == ("balance", "en", [1024, 600])
    assert balance.png().startswith(b"\x89PNG")


def test_sound_stays_closed(balance: KioskWindow) -> None:
    assert pygame.mixer.get_init() is None

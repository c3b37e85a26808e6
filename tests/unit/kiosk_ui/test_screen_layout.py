"""Every screen, in every language and on every size: nothing cut, nothing covered, all can be hit and read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from msgspec import structs

from firmware.terminal.events import ConfirmPressed, DonePressed, RewardPressed
from firmware.terminal.model import Reason, State, Terminal
from kiosk_ui.design import LEAST_TARGET, READABLE, contrast
from kiosk_ui.fonts import ELLIPSIS, Fonts
from kiosk_ui.gallery import SIZES
from kiosk_ui.geometry import Rect
from kiosk_ui.samples import NOW_MS, RULES, samples
from kiosk_ui.screens import Screen, build
from kiosk_ui.text import translated
from kiosk_ui.widgets import Fill, Glyphs, Node

SAMPLES = samples()
EVERY = [
    pytest.param(name, language, size, id=f"{name}-{language}-{size[0]}x{size[1]}")
    for name in SAMPLES
    for language in translated()
    for size in SIZES
]
BRANDS = ("#9a3412", "#000000", "#ffffff", "#ffd400", "#767676", "#00a3e0", "#e6007e", "#8bc34a")


def screen(terminal: Terminal, fonts: Fonts, *, language: str = "en", size: tuple[int, int] = (1024, 600)) -> Screen:
    return build(replace(terminal, language=language), fonts=fonts, size=size, at_ms=NOW_MS)


def glyphs(root: Node) -> list[Glyphs]:
    return [op for op in root.drawing() if isinstance(op, Glyphs)]


def test_every_state_and_every_reason_has_a_sample() -> None:
    assert {terminal.state for terminal in SAMPLES.values()} == set(State)
    assert {f"refused_{reason.value}" for reason in Reason} <= set(SAMPLES)


@pytest.mark.parametrize(("name", "language", "size"), EVERY)
def test_nothing_is_cut_covered_or_too_small(name: str, language: str, size: tuple[int, int], fonts: Fonts) -> None:
    shown = screen(SAMPLES[name], fonts, language=language, size=size)
    assert shown.name == SAMPLES[name].state.value
    assert shown.language == language
    assert shown.root.holds_together()
    assert shown.squeeze >= 0.9, "the words need a type too small to read"
    lines = glyphs(shown.root)
    whole = Rect(0, 0, *size)
    for line in lines:
        assert whole.encloses(line.rect), line.text
        assert not line.text.endswith(ELLIPSIS), line.text
        assert line.style.size >= 12, line.text
    boxes = [replace_edges(line.rect) for line in lines]
    for index, box in enumerate(boxes):
        assert not any(box.meets(other) for other in boxes[index + 1 :]), lines[index].text
    for node in shown.root.walk():
        if node.role == "button":
            assert node.rect.w >= LEAST_TARGET, node.label
            assert node.rect.h >= LEAST_TARGET, node.label


def replace_edges(rect: Rect) -> Rect:
    """Without the leading above and below, in which letters of two lines may share a pixel."""
    return rect.inset(0, rect.h // 10)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_two_buttons_share_a_pixel(name: str, fonts: Fonts) -> None:
    buttons = [node.rect for node in screen(SAMPLES[name], fonts).root.walk() if node.role == "button"]
    assert not any(one.meets(other) for index, one in enumerate(buttons) for other in buttons[index + 1 :])


@pytest.mark.parametrize("brand", BRANDS)
def test_all_text_can_be_read_on_its_ground_whatever_the_brand_colour(brand: str, fonts: Fonts) -> None:
    rules = structs.replace(RULES, branding=structs.replace(RULES.branding, colour=brand))
    for name, sample in SAMPLES.items():
        grounds: list[Fill] = []
        branded = replace(sample, rules=rules) if sample.rules is RULES else sample
        for op in screen(branded, fonts).root.drawing():
            if isinstance(op, Fill):
                grounds.append(op)
            elif isinstance(op, Glyphs):
                ground = next(fill for fill in reversed(grounds) if fill.rect.encloses(op.rect))
                assert contrast(op.colour, ground.colour) >= READABLE, (name, op.text)


def test_a_finger_target_is_nine_millimetres_on_seven_inches(fonts: Fonts) -> None:
    for name, sample in SAMPLES.items():
        for node in screen(sample, fonts).root.walk():
            if node.role == "button":
                assert min(node.rect.w, node.rect.h) >= 60, (name, node.label)


def test_a_double_tap_does_not_answer_the_question_that_follows(fonts: Fonts) -> None:
    rewards = buttons_of(SAMPLES["balance"], RewardPressed, fonts)
    yes = buttons_of(SAMPLES["confirming"], ConfirmPressed, fonts)
    leave = buttons_of(SAMPLES["redeemed"], DonePressed, fonts)
    assert rewards
    assert not any(reward.meets(one) for reward in rewards for one in yes), "a reward would be paid unasked"
    assert not any(one.meets(other) for one in yes for other in leave), "a code would vanish unseen"


def buttons_of(terminal: Terminal, kind: type, fonts: Fonts) -> list[Rect]:
    return [node.rect for node in screen(terminal, fonts).root.walk() if isinstance(node.event, kind)]


def test_six_rewards_stand_in_two_columns_and_none_is_hidden(fonts: Fonts) -> None:
    rects = buttons_of(SAMPLES["balance"], RewardPressed, fonts)
    assert len(rects) == 6
    assert len({rect.x for rect in rects}) == 2
    assert all(one.y <= other.y for one, other in pairwise(rects))


def test_equal_terminals_give_equal_screens(fonts: Fonts) -> None:
    for sample in SAMPLES.values():
        assert screen(sample, fonts) == screen(sample, Fonts())

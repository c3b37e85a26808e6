"""Colours that can be read whatever a company chooses; type that is there, or a word how to get it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.design import (
    DEFAULT_BRAND,
    READABLE,
    WHITE,
    Look,
    TextStyle,
    contrast,
    palette,
    parsed,
    readable_on,
)
from kiosk_ui.errors import FontMissing
from kiosk_ui.fonts import ELLIPSIS, Fonts, font_file
from kiosk_ui.printable import printable

channels = st.integers(0, 255)
BODY = TextStyle("Regular", 20)


@given(red=channels, green=channels, blue=channels)
def test_any_brand_colour_gives_colours_that_can_be_read(red: int, green: int, blue: int) -> None:
    colours = palette(f"#{red:02x}{green:02x}{blue:02x}")
    assert contrast(colours.on_brand, colours.brand) >= READABLE
    for ground in (colours.page, colours.card, colours.sunken, colours.brand_soft):
        assert contrast(colours.brand_text, ground) >= READABLE
        assert contrast(colours.ink, ground) >= READABLE
        assert contrast(colours.quiet, ground) >= READABLE
    assert contrast(colours.good, colours.good_soft) >= READABLE
    assert contrast(colours.caution, colours.caution_soft) >= READABLE


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast((0x76, 0x76, 0x76), WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345", "#12345g", "9a3412"])
def test_a_misspelt_colour_becomes_the_default(text: str) -> None:
    assert parsed(text) == DEFAULT_BRAND


def test_text_on_a_light_brand_is_dark() -> None:
    assert readable_on((0xFF, 0xD4, 0x00)) != WHITE
    assert readable_on((0x9A, 0x34, 0x12)) == WHITE


def test_targets_do_not_shrink_with_the_words() -> None:
    assert Look(palette=palette("#9a3412"), scale=1.0, squeeze=0.5).target == 60
    assert Look(palette=palette("#9a3412"), scale=0.4).target == 44


def test_a_missing_typeface_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match=re.escape("sudo apt install fonts-inter")):
        font_file("Bold", (str(tmp_path),))


def test_a_typeface_is_found_wherever_the_distribution_puts_it(tmp_path: Path) -> None:
    (tmp_path / "Inter-Bold.ttf").write_bytes(b"")
    assert font_file("Bold", ("/nowhere", str(tmp_path))) == tmp_path / "Inter-Bold.ttf"


def test_inter_has_every_letter_that_is_spoken(fonts: Fonts) -> None:
    wanted = "ěščřžýáíéúůďťňĚŠČŘŽ äöüß æøå éëï €·−→✓…“”’ 0123456789\u00a0"
    missing = [char for char, metric in zip(wanted, fonts.font(BODY).metrics(wanted), strict=True) if metric is None]
    assert missing == []


def test_words_that_do_not_fit_are_cut_where_the_line_ends(fonts: Fonts) -> None:
    cut = fonts.wrap("one two three four five six seven", BODY, width=80, lines=2)
    assert len(cut) == 2
    assert cut[-1].endswith(ELLIPSIS)
    assert all(fonts.width(line, BODY) <= 80 for line in cut)
    assert fonts.wrap("Donaudampfschifffahrt", BODY, width=60, lines=9) != ("Donaudampfschifffahrt",)


def test_headings_break_into_lines_about_equally_long(fonts: Fonts) -> None:
    text = "Lay your card here"
    width = fonts.width(text, BODY) - 5
    assert fonts.wrap(text, BODY, width=width, lines=3) == ("Lay your card", "here")
    assert fonts.balanced(text, BODY, width=width, lines=3) == ("Lay your", "card here")


def test_what_no_font_can_show_is_left_out() -> None:
    assert printable("a\x00b\nc\ud800  d") == "ab c d"
    assert printable("1\u00a0240") == "1\u00a0240"

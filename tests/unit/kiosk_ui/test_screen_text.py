"""Translations are complete; numbers, money and times read as they do in the customer's country."""

from __future__ import annotations

import pytest
from babel.messages.pofile import read_po

from kiosk_ui.text import SOURCE, Texts, language_name, translated
from kiosk_ui.translations import check
from loyalty.units import Money

#: 2026-10-20, 14:05 in Prague.
AT_MS = 1_792_497_900_000


@pytest.mark.parametrize("language", [one for one in translated() if one != SOURCE])
def test_every_message_is_translated_and_no_other(language: str) -> None:
    assert list(check.problems(language)) == []


def test_the_check_finds_what_is_missing_empty_or_altered(monkeypatch: pytest.MonkeyPatch) -> None:
    from io import BytesIO

    spoilt = b'msgid ""\nmsgstr "Language: cs\\n"\n\nmsgid "Done"\nmsgstr ""\n\nmsgid "Old"\nmsgstr "Stary"\n\n'
    spoilt += b'msgid "as of {when}"\nmsgstr "stav k {kdy}"\n\nmsgid "{count} point"\nmsgid_plural "{count} points"\n'
    spoilt += b'msgstr[0] "{count} bod"\nmsgstr[1] "{count} body"\nmsgstr[2] ""\n'
    monkeypatch.setattr(check, "translation", lambda language: read_po(BytesIO(spoilt), locale=language))
    found = "\n".join(check.problems("cs"))
    assert "empty: 'Done'" in found
    assert "no longer in the source: 'Old'" in found
    assert "other placeholders: 'as of {when}'" in found
    assert "empty: ('{count} point', '{count} points')" in found
    assert "not translated: 'Your points'" in found


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 point"),
        ("en", 0, "0 points"),
        ("en", 1240, "1,240 points"),
        ("cs", 1, "1 bod"),
        ("cs", 3, "3 body"),
        ("cs", 5, "5 bodů"),
        ("cs", 1240, "1 240 bodů"),
        ("cs", -2, "-2 body"),
    ],
)
def test_points_take_the_right_plural_and_stay_in_one_line(language: str, count: int, said: str) -> None:
    points = Texts(language).points(count)
    assert points.replace("\u00a0", " ") == said
    assert " " not in points


@pytest.mark.parametrize(
    ("language", "money", "said"),
    [
        ("en", Money(1240, "EUR"), "€12.40"),
        ("en", Money(123450, "DKK"), "DKK1,234.50"),
        ("cs", Money(123450, "CZK"), "1 234,50 Kč"),
        ("cs", Money(-5, "EUR"), "-0,05 €"),
        ("en", Money(1240, "???"), ""),
    ],
)
def test_money_has_its_currency_or_is_not_shown(language: str, money: Money, said: str) -> None:
    assert Texts(language).money(money).replace("\u00a0", " ") == said


def test_times_are_of_the_branch() -> None:
    assert Texts("en", timezone="Europe/Prague").time(AT_MS) == "14:05"
    assert Texts("en", timezone="Nowhere/Else").time(AT_MS) == "12:05"
    assert Texts("cs", timezone="Europe/Prague").date(AT_MS).replace("\u00a0", " ") == "20. 10. 2026"


def test_languages_are_named_in_themselves() -> None:
    assert [language_name(one) for one in ("en", "cs")] == ["English", "Čeština"]

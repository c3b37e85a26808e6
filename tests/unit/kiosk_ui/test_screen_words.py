"""What the screens say: honest, with units, in the customer's language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.terminal.model import CouponPending, PoolView, Reason, Refusal, State, Terminal
from kiosk_ui.fonts import Fonts
from kiosk_ui.samples import BALANCE, DAY_MS, NOW_MS, RULES, UNCONNECTED, VISIT, at, samples
from kiosk_ui.screens import build
from kiosk_ui.text import translated
from kiosk_ui.widgets import described

SAMPLES = samples()
DONE = ("Done", "Hotovo", "Klaar", "Fertig", "Færdig")


def entries(terminal: Terminal, fonts: Fonts, *, language: str = "en") -> list[dict[str, object]]:
    """Every node of the semantic tree, flat."""
    shown = build(replace(terminal, language=language), fonts=fonts, size=(1024, 600), at_ms=NOW_MS)
    found: list[dict[str, object]] = []
    open_: list[dict[str, object]] = described(shown.root)
    while open_:
        entry = open_.pop(0)
        found.append(entry)
        open_ = [*entry["children"], *open_]  # type: ignore[misc]
    return found


def words(terminal: Terminal, fonts: Fonts, *, language: str = "en") -> str:
    return "\n".join(f"{entry['label']}: {entry['value']}" for entry in entries(terminal, fonts, language=language))


def button(terminal: Terminal, label: str, fonts: Fonts) -> dict[str, object]:
    return next(one for one in entries(terminal, fonts) if one["role"] == "button" and one["label"] == label)


def test_points_have_a_unit_a_worth_and_an_age(fonts: Fonts) -> None:
    said = words(SAMPLES["balance"], fonts)
    for wanted in ("Bread points: 1,240 points", "= €12.40", "only with us", "all partners", "as of 14:05"):
        assert wanted in said


def test_offline_the_balance_says_what_can_be_spent_here_and_what_with_a_connection(fonts: Fonts) -> None:
    said = words(SAMPLES["balance_offline"], fonts)
    assert "500 points can be spent here now, 1,340 points with a connection" in said
    assert "including 100 points provisionally" in said
    assert "as of 19 Oct 2026, 18:05" in said
    assert "No connection" in said


def test_offline_a_card_that_may_not_spend_offline_is_promised_nothing_here(fonts: Fonts) -> None:
    visit = replace(SAMPLES["balance_offline"].visit or VISIT, trust="sun")
    said = words(at(State.BALANCE, visit=visit, devices=UNCONNECTED), fonts)
    assert "0 points can be spent here now, 1,340 points with a connection" in said


def test_a_card_that_may_not_spend_is_sent_to_the_staff(fonts: Fonts) -> None:
    coffee = button(SAMPLES["balance_plain_card"], "Free coffee", fonts)
    assert coffee["enabled"] is True
    assert coffee["value"] == "250 points, ask our staff"


@pytest.mark.parametrize(
    ("sample", "reward", "value"),
    [
        ("balance", "Free coffee", "250 points"),
        ("balance", "Breakfast for two", "1,350 points, 110 points to go"),
        ("balance", "Cinema ticket", "1,100 points, from 1,000 points"),
        ("balance_offline", "Cinema ticket", "1,100 points, needs a connection"),
    ],
)
def test_a_reward_says_why_it_cannot_be_had_and_explains_when_touched(
    sample: str, reward: str, value: str, fonts: Fonts
) -> None:
    found = button(SAMPLES[sample], reward, fonts)
    assert (found["enabled"], found["value"]) == (True, value)


def test_a_code_that_was_not_seen_can_be_seen_again(fonts: Fonts) -> None:
    assert "Free coffee · code RV4XXMQ · 14:03" in words(SAMPLES["balance_recent"], fonts)


def test_without_a_camera_nothing_offers_to_scan(fonts: Fonts) -> None:
    said = words(SAMPLES["balance_no_camera"], fonts)
    assert "Scan a coupon" not in said
    assert "The camera does not work just now" in said


def test_the_question_names_the_price_and_what_remains(fonts: Fonts) -> None:
    said = words(SAMPLES["confirming"], fonts)
    for wanted in ("Free coffee", "250 points (€2.50)", "Balance afterwards", "990 points (€9.90)"):
        assert wanted in said


def test_the_code_shows_without_the_card_and_the_balance_goes_with_it(fonts: Fonts) -> None:
    here, gone = words(SAMPLES["redeemed"], fonts), words(SAMPLES["redeemed_card_taken"], fonts)
    for said in (here, gone):
        assert "Code to hand in: RV4XXMQ" in said
        assert "Redeemed: 14:05" in said
    assert "990 points" in here
    assert "990" not in gone
    assert "My points" not in gone


def test_a_noted_coupon_promises_no_more_than_is_true(fonts: Fonts) -> None:
    said = words(SAMPLES["noted"], fonts)
    assert "when the connection is back and the coupon is confirmed" in said
    assert "Until then they cannot be spent" in said
    assert "registered" not in said


def test_a_used_coupon_says_when_it_was_used(fonts: Fonts) -> None:
    assert "It was registered: 17 Oct 2026, 12:30." in words(SAMPLES["refused_coupon_used"], fonts)
    today = at(State.REFUSED, outcome=Refusal(reason=Reason.COUPON_USED, at_ms=NOW_MS - 60_000))
    assert "It was registered: 14:04." in words(today, fonts)


def test_a_refusal_offers_what_does_work(fonts: Fonts) -> None:
    said = words(SAMPLES["refused_needs_connection"], fonts)
    assert "Here and now you can spend 500 points." in said
    assert "With a connection you can spend 1,340 points." in said


def test_a_blocked_card_leads_to_the_staff_and_shows_no_balance(fonts: Fonts) -> None:
    said = words(SAMPLES["refused_card_blocked"], fonts)
    assert "Please ask our staff: your points are not lost." in said
    assert "My points" not in said


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_has_a_title_a_sentence_and_a_way_out(reason: Reason, fonts: Fonts) -> None:
    for language in translated():
        found = entries(SAMPLES[f"refused_{reason.value}"], fonts, language=language)
        assert len([one for one in found if one["role"] == "heading" and one["label"]]) == 1
        assert [one for one in found if one["role"] == "status" and one["label"]]
        assert [one for one in found if one["role"] == "button" and one["label"] in DONE]


def test_a_negative_balance_is_told_and_not_hidden(fonts: Fonts) -> None:
    below = replace(BALANCE, pools=(PoolView(pool="bread", total=-120), BALANCE.pools[1]))
    said = words(at(State.BALANCE, visit=replace(VISIT, balance=below)), fonts)
    assert "-120 points" in said
    assert "New points will balance this first." in said


def test_only_languages_with_a_translation_are_offered(fonts: Fonts) -> None:
    from msgspec import structs

    rules = structs.replace(RULES, languages=("en", "cs", "xx"))
    found = entries(at(State.IDLE, visit=None, rules=rules), fonts)
    assert [one["label"] for one in found if one["role"] == "button"] == ["English", "Čeština"]


def test_a_language_that_is_not_translated_is_told_in_english(fonts: Fonts) -> None:
    assert "Lay your card here" in words(SAMPLES["idle"], fonts, language="xx")


def test_the_day_turns_at_the_branch_and_not_in_greenwich(fonts: Fonts) -> None:
    # 23:30 in Amsterdam is 21:30 UTC of the same day; half past midnight is another day there.
    midnight_ms = NOW_MS - (14 * 60 + 5) * 60_000
    seen = replace(BALANCE, as_of_ms=midnight_ms - 60_000)
    assert "as of 19 Oct 2026, 23:59" in words(at(State.BALANCE, visit=replace(VISIT, balance=seen)), fonts)
    assert DAY_MS == 86_400_000


def test_x5_a_balance_says_of_when_it_is_and_what_can_be_spent_here_and_with_a_connection(fonts: Fonts) -> None:
    said = words(SAMPLES["balance_offline"], fonts)
    assert "as of 19 Oct 2026, 18:05" in said
    assert "including 100 points provisionally" in said
    assert "500 points can be spent here now, 1,340 points with a connection" in said


def test_x5_while_the_clock_is_not_known_nothing_can_be_spent_here_and_that_is_said(fonts: Fonts) -> None:
    said = words(SAMPLES["balance_offline_clock_unknown"], fonts)
    assert "0 points can be spent here now, 1,340 points with a connection" in said
    told = words(SAMPLES["refused_clock_unknown"], fonts)
    assert "The time is not known here" in told
    assert "With a connection you can spend 1,340 points." in told


def test_x5_what_was_spent_here_and_not_confirmed_yet_is_told_as_provisional(fonts: Fonts) -> None:
    assert "without 250 points spent here since" in words(SAMPLES["balance_offline_spent"], fonts)
    assert "Balance now, provisional" in words(SAMPLES["redeemed_offline"], fonts)
    assert "provisional" not in words(SAMPLES["redeemed"], fonts)


@pytest.mark.parametrize("name", ["redeeming", "registering"])
def test_the_wait_can_be_left_from_the_start_and_says_after_a_second_that_it_goes_on(name: str, fonts: Fonts) -> None:
    for sample, said, unsaid in ((name, "One moment", "Still asking"), (f"{name}_slow", "Still asking", "One moment")):
        terminal = SAMPLES[sample]
        if name == "registering" and sample == name:
            terminal = replace(terminal, pending=CouponPending(coupon="k-1", points=100, request="r-1"))
        assert said in words(terminal, fonts)
        assert unsaid not in words(terminal, fonts)
        assert [one["label"] for one in entries(terminal, fonts) if one["role"] == "button"] == ["Cancel"]
    assert "Nothing has been taken from your account." in words(SAMPLES[f"{name}_slow"], fonts)


def test_what_is_being_written_down_cannot_be_cancelled_any_more(fonts: Fonts) -> None:
    assert not [one for one in entries(SAMPLES["redeeming_from_here"], fonts) if one["role"] == "button"]


def test_all_five_languages_say_what_happens(fonts: Fonts) -> None:
    assert set(translated()) == {"en", "cs", "da", "de", "nl"}
    said = {language: words(SAMPLES["redeeming_slow"], fonts, language=language) for language in translated()}
    assert "We vragen het nog" in said["nl"]
    assert "Abbrechen" in said["de"]
    assert "Vi spørger stadig" in said["da"]
    assert len(set(said.values())) == 5

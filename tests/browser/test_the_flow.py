"""What a customer does at the terminal, in a real browser on the real system; what the ledger says then."""

from __future__ import annotations

import re

import pytest

from tests.browser.office_page import OfficePage
from tests.browser.workbench_page import WorkbenchPage

CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{7}\b")


def test_card_shows_balance_of_both_pools_with_their_worth(workbench: WorkbenchPage) -> None:
    workbench.see_balance("bram")
    workbench.expect_words(
        "Bread points", "80 points", "€0.80", "Tapbon network points", "400 points", "€4.00", "as of"
    )
    workbench.take_card()
    workbench.touch("Done")
    workbench.expect_screen("idle")
    assert "400 points" not in workbench.words()


def test_card_that_lay_there_takes_everything_personal_with_it(workbench: WorkbenchPage) -> None:
    assert any(_clears_at_once(workbench) for _attempt in range(3))


def _clears_at_once(workbench: WorkbenchPage) -> bool:
    """After a tap a visit stays for 20 s. A reader that lost sight of the card, on a busy machine, makes one of it."""
    workbench.see_balance("bram")
    workbench.page.wait_for_timeout(4_000)  # longer than a tap, also where the machine is busy
    workbench.take_card()
    return workbench.comes_to("idle", within_ms=10_000)


def test_reward_is_paid_with_points_and_the_ledger_knows(workbench: WorkbenchPage, office: OfficePage) -> None:
    before = office.settled()
    workbench.see_balance("anna")
    workbench.touch("A free coffee")
    workbench.expect_screen("confirming")
    workbench.expect_words("150 points", "Balance afterwards", "490 points")
    workbench.touch("Yes")
    workbench.expect_screen("done")
    assert CODE.search(workbench.value_of("Code to hand in"))
    workbench.expect_words("490 points")
    granted, spent = office.expect_postings(before, "granted", "spent")
    assert granted.points == spent.points == "150 Bread points"
    assert "anna" in granted.debit
    assert "main" in granted.debit
    assert granted.credit == spent.debit
    assert "utrecht-1" in spent.debit
    assert "de-molen" in spent.credit
    assert spent.cause.startswith("utrecht-1/1/")


def test_coupon_is_registered_once_and_the_second_time_refused(workbench: WorkbenchPage, office: OfficePage) -> None:
    before = office.settled()
    workbench.see_balance("vera")
    workbench.expect_words("2,400 points")
    workbench.touch("Scan a coupon")
    workbench.expect_screen("scanning")
    workbench.hold("welcome-100")
    workbench.expect_screen("done")
    workbench.expect_words("+100 points", "2,500 points")
    (registered,) = office.expect_postings(before, "coupon")
    assert registered.points == "100 Bread points"
    assert "de-molen" in registered.debit
    assert "vera" in registered.credit
    workbench.take_coupon_away()
    workbench.page.wait_for_timeout(3_000)  # the coupon has left the picture
    workbench.hold("welcome-100")
    workbench.expect_screen("refused")
    workbench.expect_words("This coupon has been used already")
    assert re.search(r"It was registered: \d\d:\d\d", workbench.words())
    assert len(office.postings()) == before + 1


@pytest.mark.parametrize(
    ("coupon", "says"),
    [
        ("foreign", "This is not one of our coupons"),
        ("damaged", "This coupon could not be read"),
        ("forged", "This coupon cannot be accepted"),
        ("expired-100", "This coupon has expired"),
        ("cancelled-25", "This coupon is no longer valid"),
        ("used-75", "This coupon has been used already"),
    ],
)
def test_coupon_that_is_not_accepted_says_why(workbench: WorkbenchPage, coupon: str, says: str) -> None:
    workbench.see_balance("bram")
    workbench.hold(coupon)
    workbench.expect_screen("refused")
    workbench.expect_words(says)
    workbench.touch("My points")
    workbench.expect_screen("balance")
    workbench.expect_words("80 points")


@pytest.mark.parametrize(
    ("card", "says"), [("stranger", "We do not know this card yet"), ("blocked", "This card is blocked")]
)
def test_card_that_is_not_accepted_says_why(workbench: WorkbenchPage, card: str, says: str) -> None:
    workbench.lay(card)
    workbench.expect_screen("refused")
    workbench.expect_words(says)


def test_without_network_what_is_held_is_spent_the_rest_refused_and_all_syncs_later(
    workbench: WorkbenchPage, office: OfficePage
) -> None:
    workbench.see_balance("bram")
    workbench.hold("summer-200")  # 80 + 200; the 200 are in this terminal's hands now
    workbench.expect_screen("done")
    workbench.touch("Done")
    workbench.take_coupon_away()
    workbench.take_card()
    before = office.settled()
    workbench.set_switch("network", on=False)
    workbench.expect_screen("offline")
    assert "offline" in office.terminal_state().lower()

    workbench.see_balance("bram")
    workbench.expect_words("as of", "280 points", "200 points can be spent here now, 280 points with a connection")
    workbench.touch("A loaf of bread")  # 250: more than is held here
    workbench.expect_screen("refused")
    workbench.expect_words("200 points")
    workbench.touch("My points")
    workbench.touch("A free coffee")  # 150: held here
    workbench.touch("Yes")
    workbench.expect_screen("done")
    code = CODE.search(workbench.value_of("Code to hand in"))
    assert code
    workbench.touch("Done")
    workbench.take_card()
    assert len(office.postings()) == before

    workbench.set_switch("network", on=True)
    workbench.expect_screen("idle")
    (spent,) = office.expect_postings(before, "spent")
    assert spent.points == "150 Bread points"
    assert "online" in office.terminal_state().lower()
    workbench.see_balance("bram")
    workbench.expect_words("130 points", code[0])


def test_coupon_without_network_is_noted_and_credited_later(workbench: WorkbenchPage, office: OfficePage) -> None:
    workbench.see_balance("vera")
    before = office.settled()
    workbench.set_switch("network", on=False)
    workbench.hold("bread-50")
    workbench.expect_screen("done")
    assert "2,550 points" not in workbench.words()  # noted is not credited
    workbench.touch("Done")
    workbench.take_coupon_away()
    workbench.set_switch("network", on=True)
    (credited,) = office.expect_postings(before, "coupon")
    assert credited.points == "50 Bread points"
    assert "vera" in credited.credit
    assert "main" in credited.credit


def test_the_screen_speaks_czech_when_asked(workbench: WorkbenchPage) -> None:
    workbench.expect_screen("idle")
    workbench.touch_until("Čeština", "idle", "cs")
    workbench.lay("bram")
    workbench.expect_screen("balance", "cs")
    workbench.expect_words("bodů", "€")
    workbench.touch("Hotovo")
    workbench.expect_screen("idle", "en")  # the next customer finds the shop's own language


def test_power_cut_is_survived_and_the_balance_is_there_again(workbench: WorkbenchPage) -> None:
    workbench.set_switch("power", on=False)
    workbench.page.locator("#screen-dark").wait_for(state="visible")
    workbench.set_switch("power", on=True)
    workbench.expect_screen("idle")
    workbench.see_balance("bram")


def test_x9_with_a_full_disk_balances_are_shown_and_what_cannot_be_recorded_is_refused(
    workbench: WorkbenchPage,
) -> None:
    workbench.set_switch("space", on=False)
    workbench.see_balance("vera")
    workbench.touch("A free coffee")
    workbench.touch("Yes")
    workbench.expect_screen("refused")
    workbench.expect_words("This could not be recorded", "nothing was taken")
    workbench.touch("My points")
    workbench.expect_screen("balance")


def test_servers_that_were_killed_on_purpose_are_started_again(workbench: WorkbenchPage) -> None:
    workbench.set_switch("central", on=False)
    workbench.set_switch("broker", on=False)
    workbench.expect_screen("offline")
    workbench.set_switch("broker", on=True)
    workbench.set_switch("central", on=True)
    workbench.expect_screen("idle")
    workbench.see_balance("vera")

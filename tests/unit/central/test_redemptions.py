"""Hand-in codes: written down with the posting, found by the company's staff, ticked off once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from backend_bridge.central import migrate
from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Redemption
from backend_bridge.central.office.staff import COMPANY_GROUP
from tests.unit.central.lab import BREAD, NOW_MS, Lab, PaperTerminal, member, points_wanted, spent
from tests.unit.central.test_office import logged_in, rows

PAGE = "/office/ledger/redemption/"


@pytest.fixture
def paper(lab: Lab) -> PaperTerminal:
    """A bakery's terminal at which Anna has redeemed a coffee; its code is ABC 0EF1."""
    terminal = PaperTerminal("molen-1")
    grant = lab.grant(terminal, points_wanted("anna", 150))
    terminal.write(msgspec.structs.replace(spent(grant.lots), code="ABC0EF1"))
    lab.upload(terminal)
    return terminal


def tick_off(client: Client, redemption: Redemption) -> str:
    """Choose "handed out"; the page that comes back."""
    chosen = {"action": "hand_out", "_selected_action": [redemption.pk]}
    return client.post(PAGE, chosen, follow=True).content.decode()


def test_a_spend_is_a_redemption_with_its_code(paper: PaperTerminal) -> None:
    [one] = Redemption.objects.all()

    assert (one.entry, one.member_id, one.branch_id) == ("molen-1/1/2", member("anna"), "utrecht-centraal")
    assert (one.reward, one.points, one.pool_id, one.code) == ("free-coffee", 150, BREAD, "ABC0EF1")
    assert (one.at, one.handed_out_at) == (from_ms(NOW_MS), None)


def test_an_entry_that_comes_again_is_one_redemption(lab: Lab, paper: PaperTerminal) -> None:
    lab.upload(paper)
    lab.upload(paper, 2)

    assert Redemption.objects.count() == 1


def test_a_spend_in_suspense_is_nothing_to_hand_out(lab: Lab, paper: PaperTerminal) -> None:
    grant = lab.grant(PaperTerminal("molen-2"), points_wanted("vera", 100))
    paper.write(spent(grant.lots))
    lab.upload(paper)

    assert JournalEntry.objects.filter(outcome="suspense").count() == 1
    assert Redemption.objects.count() == 1


def test_hostile_words_in_a_spend_do_not_stop_the_journal(lab: Lab, paper: PaperTerminal) -> None:
    grant = lab.grant(paper, points_wanted("vera", 100))
    paper.write(msgspec.structs.replace(spent(grant.lots), reward="<b>\0" + "x" * 500, code="<i>\0" * 500))
    lab.upload(paper)

    newest = Redemption.objects.order_by("pk").last()
    assert newest is not None
    assert (len(newest.reward), newest.reward[:4]) == (64, "<b>x")
    assert newest.code == "1" * 16
    assert b"<b>x" not in logged_in("molen").get(PAGE).content


@pytest.mark.parametrize("typed", ["ABC0EF1", "abc 0ef1", " a b c 0 e f 1 ", "abc-oefl", "ABC", "anna", "Anna"])
def test_a_code_is_found_however_it_is_typed(paper: PaperTerminal, typed: str) -> None:
    assert [row.code for row in rows(logged_in("molen"), f"{PAGE}?q={typed}")] == ["ABC0EF1"]


@pytest.mark.parametrize("typed", ["ABC0EF2", "BC0EF1", "%25", "_______", "---", "bram"])
def test_another_code_finds_nothing(paper: PaperTerminal, typed: str) -> None:
    assert rows(logged_in("molen"), f"{PAGE}?q={typed}") == []


def test_the_page_names_reward_customer_and_branch(paper: PaperTerminal) -> None:
    page = logged_in("molen").get(PAGE).content.decode()

    for told in ("ABC 0EF1", "A free coffee", "150 Bread points", "anna", "Utrecht Centraal", "not yet"):
        assert told in page


def test_a_code_is_handed_out_once_and_the_second_time_says_when(paper: PaperTerminal) -> None:
    molen, [one] = logged_in("molen"), Redemption.objects.all()
    first = tick_off(molen, one)
    done: Any = Redemption.objects.get(pk=one.pk)
    second = tick_off(molen, one)

    assert "ABC 0EF1 is handed out." in first
    assert "Do not hand it out again" in second
    assert f"{done.handed_out_at:%H:%M:%S}" in second
    assert done.handed_out_by.username == "molen"
    assert Redemption.objects.get(pk=one.pk).handed_out_at == done.handed_out_at


def test_another_companys_staff_neither_find_nor_tick_off_a_code(paper: PaperTerminal) -> None:
    from backend_bridge.central.office.staff import add_company_user

    add_company_user("zuid", password="three quiet mills", company="cocktailbar-zuid")
    zuid, [one] = logged_in("zuid"), Redemption.objects.all()
    tick_off(zuid, one)

    assert rows(zuid, f"{PAGE}?q=ABC0EF1") == rows(zuid, f"{PAGE}?q=anna") == []
    assert zuid.get(f"{PAGE}{one.pk}/change/").status_code == 302
    assert Redemption.objects.get(pk=one.pk).handed_out_at is None


def test_staff_change_nothing_else_of_a_redemption(paper: PaperTerminal) -> None:
    molen, [one] = logged_in("molen"), Redemption.objects.all()

    assert molen.post(f"{PAGE}{one.pk}/change/", {"code": "MINE"}).status_code == 403
    assert molen.post(f"{PAGE}{one.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_update_brings_older_redemptions_and_the_page_to_users_of_before(paper: PaperTerminal) -> None:
    group = User.objects.get(username="molen").groups.get(name=COMPANY_GROUP)
    group.permissions.filter(codename="view_redemption").delete()
    Redemption.objects.all().delete()

    migrate()
    migrate()

    assert [row.code for row in rows(logged_in("molen"), PAGE)] == ["ABC0EF1"]

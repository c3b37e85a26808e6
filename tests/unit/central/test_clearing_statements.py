"""Statements of clearing: by command and in the office, each company its own only."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from backend_bridge.__main__ import main
from backend_bridge.central.clearing.closing import close_month
from backend_bridge.central.clearing.commands import run
from backend_bridge.central.clearing.models import ClearingLine, ClearingMonth
from backend_bridge.central.clearing.options import COMMANDS
from backend_bridge.central.clearing.statements import statement_of
from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.staff import add_company_user
from tests.unit.central.clearing_house import APRIL_2, KAPLE, MOLEN, ZUID, spend
from tests.unit.central.lab import Lab

MONTHS = "/office/clearing/clearingline/months/"
PERSONAL = ("anna", "vera", "Anna de Vries", "Vera Visser", "opening-")


@pytest.fixture
def busy(lab: Lab) -> Lab:
    """The bakery and the bar have taken each other's points; the café has taken the bar's."""
    spend("one", issuer=ZUID, taker=MOLEN, count=300)
    spend("two", issuer=MOLEN, taker=ZUID, count=120)
    spend("three", issuer=ZUID, taker=KAPLE, count=77)
    return lab


def command(*arguments: str) -> str:
    """What a command prints on 2 April 2026."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    COMMANDS[arguments[0]][1](parser)
    return run(parser.parse_args(arguments), at=APRIL_2)


def browser(name: str) -> Client:
    """A browser in which this user has logged in."""
    cache.clear()
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=name))
    return client


def test_p6_a_statement_has_only_the_pairs_that_the_company_is_part_of(busy: Lab) -> None:
    told = statement_of(MOLEN, "2026-03")

    assert [(pair.other, pair.owes_minor, pair.owed_minor) for pair in told.pairs] == [(ZUID, 120, 300)]
    assert {one.reference for one in told.redemptions} == {"one", "two"}
    assert {pair.other for pair in statement_of(ZUID, "2026-03").pairs} == {MOLEN, KAPLE}


def test_p5_close_month_says_who_pays_whom(busy: Lab) -> None:
    assert command("close-month", "--month", "2026-03").splitlines() == [
        "2026-03 is closed",
        "cocktailbar-zuid pays de-molen 1.80 EUR",
        "cocktailbar-zuid pays kavarna-kaple 0.77 EUR",
    ]
    with pytest.raises(CentralError, match="closed already"):
        command("close-month", "--month", "2026-03")


def test_p5_a_statement_is_printed_as_csv_and_written_as_json(busy: Lab, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(command("clearing-statement", "--company", MOLEN, "--month", "2026-03"))))
    assert [(row["section"], row["net"]) for row in rows] == [
        ("pair", "1.80"),
        ("rate", "1.80"),
        ("redemption", "3.00"),
        ("redemption", "-1.20"),
    ]
    file = tmp_path / "statement.json"
    asked = ("--company", MOLEN, "--month", "2026-03", "--format", "json", "--output", str(file))
    assert str(file) in command("clearing-statement", *asked)
    told = json.loads(file.read_bytes())
    assert (told["pairs"][0]["net_minor"], told["closed"]) == (180, False)
    for text in (file.read_text(), "".join(map(str, rows))):
        assert not any(word in text for word in PERSONAL)


@pytest.mark.parametrize(("company", "month", "field"), [("nobody", "2026-03", "company"), (MOLEN, "2026-00", "month")])
def test_a_statement_that_cannot_be_had_names_the_field(busy: Lab, company: str, month: str, field: str) -> None:
    with pytest.raises(CentralError, match=f"^{field}: "):
        command("clearing-statement", "--company", company, "--month", month)


def test_the_commands_are_there(busy: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--data", str(settings.DATA), "--company", MOLEN, "--month", "2026-03"]
    assert main(["clearing-statement", *asked]) == 0
    assert "pair,2026-03,de-molen,cocktailbar-zuid,EUR" in capsys.readouterr().out
    assert main(["clearing-statement", *asked[:4], "--month", "soon"]) == 1
    assert main(["close-month", "--data", str(settings.DATA), "--month", "9000-01"]) == 1
    assert "month" in capsys.readouterr().err


def test_p5_the_office_shows_months_with_downloads_and_the_operator_closes_one(busy: Lab) -> None:
    operator = browser("office")
    assert MONTHS in operator.get("/office/").content.decode()
    page = operator.get(MONTHS).content.decode()
    assert "2026-03" in page
    assert "/office/clearing/clearingline/statement/kavarna-kaple/2026-03.csv" in page
    assert "Close this month for good" in page
    assert b"Nothing was closed" in operator.post(f"{MONTHS}2026-03/close/", follow=True).content
    assert not ClearingMonth.objects.exists()
    answer = operator.post(f"{MONTHS}2026-03/close/", {"sure": "on"}, follow=True)
    assert b"2026-03 is closed" in answer.content
    assert b"Close this month for good" not in answer.content
    [row] = ClearingMonth.objects.all()
    assert row.closed_by.startswith("office:")
    assert b"closed already" in operator.post(f"{MONTHS}2026-03/close/", {"sure": "on"}, follow=True).content


def test_p6_a_companys_staff_see_and_download_their_own_only(busy: Lab) -> None:
    molen = browser("molen")
    page = molen.get(MONTHS).content.decode()
    assert "Bakkerij De Molen" in page
    assert KAPLE not in page
    assert "Close this month" not in page
    own = molen.get(f"/office/clearing/clearingline/statement/{MOLEN}/2026-03.csv")
    assert own.status_code == 200
    assert own.headers["Content-Disposition"] == 'attachment; filename="clearing-de-molen-2026-03.csv"'
    assert own.content.decode() == command("clearing-statement", "--company", MOLEN, "--month", "2026-03") + "\r\n"
    for company in (ZUID, KAPLE, "nobody"):
        assert molen.get(f"/office/clearing/clearingline/statement/{company}/2026-03.json").status_code == 404
    assert molen.get(f"/office/clearing/clearingline/statement/{MOLEN}/2026-03.exe").status_code == 404
    assert molen.get(f"/office/clearing/clearingline/statement/{MOLEN}/soon.csv").status_code == 404
    assert molen.post(f"{MONTHS}2026-03/close/", {"sure": "on"}).status_code == 403
    assert not ClearingMonth.objects.exists()


def test_p6_a_companys_staff_see_the_lines_that_they_are_part_of(busy: Lab) -> None:
    molen, lines = browser("molen"), "/office/clearing/clearingline/"
    foreign = ClearingLine.objects.get(reference="three")
    own = ClearingLine.objects.get(reference="one")
    answer: Any = molen.get(lines)
    assert {row.reference for row in answer.context_data["cl"].result_list} == {"one", "two"}
    assert molen.get(f"{lines}{foreign.pk}/change/").status_code == 302
    shown = molen.get(f"{lines}{own.pk}/change/")
    assert shown.status_code == 200
    assert not any(word in shown.content.decode() for word in PERSONAL)
    assert molen.get(f"{lines}add/").status_code == 403


def test_who_belongs_to_no_company_sees_nothing_of_clearing(busy: Lab) -> None:
    User.objects.create_user("nobody", password=None, is_staff=True)
    nobody = browser("nobody")
    for page in (MONTHS, "/office/clearing/clearingline/"):
        assert nobody.get(page).status_code == 403
    assert nobody.get(f"/office/clearing/clearingline/statement/{MOLEN}/2026-03.csv").status_code == 404


def test_without_any_redemption_the_page_says_when_there_will_be_something(lab: Lab) -> None:
    add_company_user("kaple", password="a-long-word-of-this-test", company=KAPLE)
    for name in ("office", "kaple"):
        assert b"Nothing to clear yet" in browser(name).get(MONTHS).content


def test_a_closed_month_stays_as_it_was_told(busy: Lab) -> None:
    close_month("2026-03", programme="tapbon", by="test", at=APRIL_2)
    before = [command("clearing-statement", "--company", one, "--month", "2026-03") for one in (MOLEN, ZUID, KAPLE)]
    spend("four", issuer=ZUID, taker=MOLEN, count=9, at=APRIL_2, happened_at=APRIL_2.replace(month=3))

    after = [command("clearing-statement", "--company", one, "--month", "2026-03") for one in (MOLEN, ZUID, KAPLE)]
    assert after == before
    assert [pair.net_minor for pair in statement_of(MOLEN, "2026-04").pairs] == [9]

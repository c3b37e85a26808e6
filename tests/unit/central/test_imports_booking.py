"""D3: customers and opening balances of an older system: tried, booked once, reported row by row, and undone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import time
from typing import Any

import pytest

from backend_bridge.central.customers.models import Consent, Customer, Membership
from backend_bridge.central.customers.services import cards, enrolling, finding, groups
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.imports import booking
from backend_bridge.central.imports.booking import book_import
from backend_bridge.central.imports.errors import ImportRefused
from backend_bridge.central.imports.models import Import, ImportRow
from backend_bridge.central.imports.reports import report
from backend_bridge.central.imports.trying import Asked, try_import
from backend_bridge.central.imports.undoing import undo_import
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Cause, Holding, Lot, Transfer
from tests.unit.central.lab import BREAD, NOW_MS, Lab, PaperTerminal, member, points_wanted

NOW = from_ms(NOW_MS)
MOLEN, ZUID = "de-molen", "cocktailbar-zuid"
GOOD = """number;username;name;email;points;points_issued;points_expire;consent_email;groups
1;jan.smit;Jan Smit;jan@example.nl;1200;2025-03-01;31.12.2026;yes;stamgasten
2;;Else de Boer;else@example.nl;50;;;no;
3;;Piet;;0;;;;
"""


def tried(text: str = GOOD, **told: Any) -> Import:
    asked = Asked(company=MOLEN, file_name="old.csv", data=text.encode(), **told)
    return try_import(asked, by="office:1", at=NOW)


def book(batch: Import, **told: Any) -> Import:
    return book_import(batch.pk, company=MOLEN, by="office:1", at=NOW, **told)


def undo(batch: Import) -> Import:
    return undo_import(batch.pk, company=MOLEN, by="office:2", at=NOW + dt.timedelta(days=1))


def findings(batch: Import) -> set[tuple[int, str, str, str]]:
    """Line, level, column and rule of everything that was found."""
    return {(row.line, one["level"], one["column"], one["rule"]) for row in batch.rows.all() for one in row.findings}


def held(customer: str) -> int:
    return sum(row.amount for row in Holding.objects.filter(account__member=customer, account__kind="member_main"))


def one(number: str) -> Membership:
    return Membership.objects.select_related("customer").get(company=MOLEN, number=number)


@pytest.fixture
def vip(lab: Lab) -> None:
    groups.create(company=MOLEN, group="stamgasten", name="VIP")


def test_d3_a_dry_run_reports_each_row_and_books_nothing(lab: Lab, vip: None) -> None:
    before = (Customer.objects.count(), Cause.objects.count(), Membership.objects.count())
    batch = tried()

    assert (batch.rows_ok, batch.rows_warning, batch.rows_error, batch.state) == (3, 0, 0, "tried")
    assert (Customer.objects.count(), Cause.objects.count(), Membership.objects.count()) == before


def test_d3_booking_makes_customers_with_lots_of_their_origin_issue_date_and_expiry(lab: Lab, vip: None) -> None:
    batch = book(tried())
    jan = finding.member(company=MOLEN, member=one("1").customer_id)

    assert (jan.username, jan.contact.display_name, jan.groups, jan.consent) == (
        "jan.smit",
        "Jan Smit",
        ("stamgasten",),
        ("email",),
    )
    assert (jan.origin, jan.source) == ("past_business", "old.csv")
    lot = Lot.objects.get(member=jan.member)
    assert (lot.issuer_id, lot.unit, lot.origin, held(jan.member)) == (MOLEN, BREAD, "earned", 1200)
    # Days of the branch's wall clock: in Amsterdam, an hour before UTC.
    assert lot.created_at == dt.datetime(2025, 2, 28, 23, tzinfo=dt.UTC)
    assert lot.expires_at == dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC)
    assert Transfer.objects.filter(kind="opening", lot=lot).count() == 1
    assert {row.given for row in Consent.objects.filter(by=f"import:{batch.pk}")} == {True, False}
    assert batch.state == "booked"


def test_d3_the_same_file_is_booked_once(lab: Lab, vip: None) -> None:
    first = book(tried())
    again = book(tried())

    assert first.pk == again.pk
    assert held(one("1").customer_id) == 1200
    assert Customer.objects.filter(username="jan.smit").count() == 1


BAD = """number;username;name;email;phone;birthday;points;pool;points_expire;points_issued;consent_sms;groups;language
1;admin;A;;;;;;;;;;
2;wim;B;;;;;;;;;;
3;;C;nobody;x;1.13.1980;10;;;;;gold;deutsch
4;;D;;;;-5;;;;;;
5;;E;;;;5;kaple-points;;;;;
6;;F;;;;5;;2020-01-01;;;;
7;;G;;;;5;;;2099-01-01;;;
7;;H;;;;;;;;;;
;;;;;;;;;;;;nl
9;;I;i@example.nl;;;1.250;;;;maybe;;
10;;J;i@example.nl;;;;;;;yes;;
11;jan.smit;K;;;;;;;;;;
12;jan-smit;L;;;;;;;;;;
13;;M;;;;;;;;;
14;;N;;;;5;;31/12/2026;;;;
"""


@pytest.fixture
def wim(lab: Lab) -> None:
    """Somebody whom De Molen does not know."""
    enrolling.enrol(company=ZUID, username="wim", by="x", at=NOW)


def test_d3_what_is_wrong_is_told_by_row_column_rule_and_value(lab: Lab, wim: None) -> None:
    batch = tried(BAD)

    assert findings(batch) == {
        (2, "error", "username", "format"),
        (3, "error", "username", "taken"),
        (4, "warning", "email", "format"),
        (4, "warning", "phone", "format"),
        (4, "warning", "birthday", "date"),
        (4, "warning", "groups", "known"),
        (4, "warning", "language", "format"),
        (5, "error", "points", "number"),
        (6, "error", "pool", "accepted"),
        (7, "error", "points_expire", "expired"),
        (8, "error", "points_issued", "future"),
        (9, "error", "number", "twice"),
        (10, "error", "", "nobody"),
        (11, "warning", "points", "separators"),
        (11, "error", "consent_sms", "yes_or_no"),
        (12, "warning", "email", "twice"),
        (12, "warning", "consent_sms", "unreachable"),
        (14, "error", "username", "twice"),
        (15, "error", "", "fields"),
        (16, "error", "points_expire", "date"),
    }
    [value] = [one["value"] for one in batch.rows.get(line=6).findings]
    assert value == "kaple-points"


def test_d3_nothing_is_booked_where_rows_are_wrong_unless_they_are_to_be_skipped(lab: Lab, wim: None) -> None:
    batch, before = tried(BAD), Customer.objects.count()
    with pytest.raises(ImportRefused) as refused:
        book(batch)

    assert (refused.value.rule, Customer.objects.count()) == ("errors", before)
    book(batch, skip_bad=True)
    assert {row.line for row in ImportRow.objects.filter(batch=batch, outcome="booked")} == {4, 12, 13}
    assert Customer.objects.count() == before + 3


def test_d3_known_customers_are_completed_and_get_their_points(lab: Lab) -> None:
    known = enrolling.enrol(
        company=MOLEN, username="else", contact=Contact(display_name="E.", email="else@example.nl"), by="x", at=NOW
    )
    numbered = enrolling.enrol(company=MOLEN, number="K-9", by="x", at=NOW)
    batch = book(
        tried(
            "number;username;name;email;phone;points\n"
            ";;Else;ELSE@example.nl;0201234567;10\n"
            "K-9;;Nine;nine@example.nl;;20\n"
        )
    )

    assert findings(batch) == {(2, "warning", "email", "known"), (3, "warning", "number", "known")}
    told = finding.member(company=MOLEN, member=known.member)
    assert (told.contact.display_name, told.contact.phone, held(known.member)) == ("E.", "0201234567", 10)
    assert (one("K-9").display_name, held(numbered.member)) == ("Nine", 20)


def test_d3_rows_that_could_be_several_customers_are_refused(lab: Lab) -> None:
    for _number in range(2):
        enrolling.enrol(company=MOLEN, contact=Contact(email="twins@example.nl"), by="x", at=NOW)
    enrolling.enrol(company=MOLEN, username="else", number="8", contact=Contact(email="e@example.nl"), by="x", at=NOW)
    enrolling.enrol(company=MOLEN, number="9", by="x", at=NOW)
    batch = tried("number;username;email\n;;twins@example.nl\n9;else;\n8;;\n;;e@example.nl\n")

    assert {found for found in findings(batch) if found[1] == "error"} == {
        (2, "error", "email", "ambiguous"),
        (3, "error", "username", "conflict"),
        (5, "error", "", "twice"),
    }


def test_p6_an_import_says_nothing_about_customers_of_others(lab: Lab) -> None:
    enrolling.enrol(
        company=ZUID, username="secret", number="1", contact=Contact(email="jan@example.nl"), by="x", at=NOW
    )
    batch = tried("number;name;email\n1;Jan;jan@example.nl\n")

    assert (batch.rows_ok, findings(batch)) == (1, set())
    with pytest.raises(ImportRefused):
        book_import(batch.pk, company=ZUID, by="office:9", at=NOW)
    with pytest.raises(ImportRefused):
        undo_import(batch.pk, company=ZUID, by="office:9", at=NOW)


def test_d3_an_interrupted_import_goes_on_and_books_each_row_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking, "_AT_ONCE", 10)
    lines = "".join(f"{number};Person {number};{number + 1}\n" for number in range(35))
    batch = tried(f"number;name;points\n{lines}")

    class PowerCut(Exception):
        pass

    def cut(done: int) -> None:
        if done >= 20:
            raise PowerCut

    with pytest.raises(PowerCut):
        book(batch, progress=cut)
    assert ImportRow.objects.filter(batch=batch, outcome="booked").count() == 20
    book(batch)

    rows = ImportRow.objects.filter(batch=batch)
    assert {row.outcome for row in rows} == {"booked"}
    assert sum(held(str(row.customer_id)) for row in rows) == sum(range(1, 36))
    assert Cause.objects.filter(kind="balances_opened").count() == 4


def test_d3_undoing_takes_back_what_nobody_touched_and_tells_what_it_left(lab: Lab, vip: None) -> None:
    known = enrolling.enrol(company=MOLEN, number="4", contact=Contact(display_name="Four"), by="x", at=NOW)
    batch = book(tried(GOOD + "4;;Not Four;four@example.nl;70;;;;stamgasten\n5;;Five;;80;;;;\n6;;Six;;90;;;;\n"))
    five, six = one("5").customer, one("6").customer
    cards.issue_card(company=MOLEN, member=five.pk, card="a" * 32, family="other", by="x", at=NOW)
    cards.issue_card(company=MOLEN, member=six.pk, card="b" * 32, family="other", by="x", at=NOW)
    want = points_wanted("vera", 10, pool=BREAD)
    lab.grant(PaperTerminal("molen-1"), type(want)(card="b" * 32, member=six.pk, pool=BREAD, points=10))

    undone = undo(batch)

    outcomes = dict(ImportRow.objects.filter(batch=batch).values_list("line", "outcome"))
    assert outcomes == {2: "undone", 3: "undone", 4: "undone", 5: "undone", 6: "kept", 7: "kept"}
    assert undone.state == "undone"
    assert (held(known.member), held(five.pk), held(six.pk)) == (0, 0, 80)
    told = finding.member(company=MOLEN, member=known.member)
    assert (told.contact.display_name, told.contact.email, told.groups) == ("Four", "", ())
    assert not Membership.objects.filter(company=MOLEN, number="1").exists()
    assert finding.find_by_username(company=MOLEN, username="jan.smit") is None
    assert [row.findings[-1]["rule"] for row in batch.rows.filter(outcome="kept")] == ["in_use", "in_use"]
    assert undo(batch).pk == batch.pk


def test_d3_after_undoing_the_file_can_be_imported_again(lab: Lab, vip: None) -> None:
    first = book(tried())
    undo(first)
    second = book(tried())

    assert second.pk != first.pk
    assert held(one("1").customer_id) == 1200
    assert one("1").customer.username == "jan.smit"


def test_d3_points_of_an_undone_import_are_the_companys_again(lab: Lab, vip: None) -> None:
    batch = book(tried())
    jan = one("1").customer_id
    undo(batch)

    assert held(jan) == 0
    kinds = Transfer.objects.filter(lot__member=jan).order_by("pk").values_list("kind", "amount")
    assert list(kinds) == [("opening", 1200), ("reversed", 1200)]


def test_d3_the_report_is_csv_that_no_spreadsheet_runs(lab: Lab) -> None:
    batch = tried("number;name;points\n1;A;=1+1\n2;B;3\n")
    lines = list(csv.DictReader(io.StringIO("".join(report(batch)).lstrip("\ufeff")), delimiter=";"))

    assert [(line["line"], line["level"], line["column"], line["rule"], line["value"]) for line in lines] == [
        ("2", "error", "points", "number", "'=1+1"),
        ("3", "ok", "", "", ""),
    ]
    assert len(list(report(batch, only_findings=True))) == 2


@pytest.mark.parametrize("told", [{"pool": "kaple-points"}, {"origin": "stolen"}])
def test_what_is_asked_for_must_be(lab: Lab, told: dict[str, str]) -> None:
    with pytest.raises(ImportRefused):
        tried(**told)


def test_v21_a_bought_list_says_so_in_every_consent(lab: Lab) -> None:
    """V21: imported (bought) address lists, each with its origin and its consent."""
    tell = "name;email;consent_email;consent_since\nA;a@example.nl;yes;2025-06-01\n"
    batch = book(tried(tell, origin="imported_list", source="Fair 2025"))
    [told] = Consent.objects.filter(by=f"import:{batch.pk}")

    assert (told.origin, told.source, told.given) == ("imported_list", "Fair 2025", True)
    assert told.at == dt.datetime(2025, 5, 31, 22, tzinfo=dt.UTC)
    assert told.membership.origin == "imported_list"


def test_d3_thousands_of_rows_take_seconds(lab: Lab) -> None:
    """A bound that only something quadratic, or a query for each row, would break."""
    lines = "".join(f"{n};Person {n};p{n}@example.nl;{n % 900 + 1}\n" for n in range(3000))
    start = time.process_time()
    batch = book(tried(f"number;name;email;points\n{lines}"))
    undo(batch)

    assert batch.rows_ok == 3000
    assert time.process_time() - start < 60
    assert member("vera")

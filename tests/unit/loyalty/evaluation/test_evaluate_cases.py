"""The seed documents' own campaigns and coupons, as written, through the command that people use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
CASES = sorted(path.stem for path in (HERE / "cases").glob("*.json"))


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "loyalty", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, check=False)


def evaluated(name: str, **changed: Any) -> Any:
    case = json.loads((HERE / "cases" / f"{name}.json").read_text(encoding="utf-8")) | changed
    done = run("evaluate", "-", stdin=json.dumps(case).encode())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reasons(evaluation: Any) -> dict[str, str]:
    return {one["id"]: one["reason"] for one in evaluation["not_applied"]}


@pytest.mark.parametrize("name", CASES)
def test_a_case_file_comes_to_exactly_what_is_expected(name: str) -> None:
    done = run("evaluate", str(HERE / "cases" / f"{name}.json"))
    expected = (HERE / "expected" / f"{name}.json").read_text(encoding="utf-8")
    assert (done.returncode, json.loads(done.stdout)) == (0, json.loads(expected)), done.stderr


def test_p1_p10_ten_points_per_euro_on_cocktails_and_on_nothing_else() -> None:
    awards = evaluated("award_cocktails")["awards"]
    assert awards == [{"campaign": "cocktails", "pool": "lagoon", "turnover_minor": 1999, "points": 199}]


def test_p3_p6_p10_five_points_per_euro_of_bread_in_every_branch_of_our_chain_only() -> None:
    evaluation = evaluated("award_bread_in_our_chain")
    assert [(one["campaign"], one["points"]) for one in evaluation["awards"]] == [("bread", 36)]
    assert reasons(evaluation) == {"opening": "other_branch", "rival": "other_company"}


def test_p10_a_vip_gets_twenty_points_per_euro_on_everything_and_others_do_not() -> None:
    assert [one["points"] for one in evaluated("award_vip_on_everything")["awards"]] == [509]
    for customer, reason in (({"customer": "joe"}, "other_group"), (None, "customer_needed")):
        evaluation = evaluated("award_vip_on_everything", customer=customer)
        assert not evaluation["awards"]
        assert reasons(evaluation)["vip"] == reason


def test_c3_c5_a_free_coffee_next_wednesday_and_on_no_other_day() -> None:
    wednesday = evaluated("coupon_free_coffee_next_wednesday")
    assert [(one["id"], one["minor"]) for one in wednesday["discounts"]] == [("coffee-on-us", 7900)]
    for at, reason in (
        ("2025-06-17T23:59:59+02:00", "not_yet_valid"),
        ("2025-06-19T00:00:00+02:00", "no_longer_valid"),
        ("2025-06-25T08:15:00+02:00", "no_longer_valid"),
    ):
        assert reasons(evaluated("coupon_free_coffee_next_wednesday", at=at)) == {"coffee-on-us": reason}
    stranger = evaluated("coupon_free_coffee_next_wednesday", customer={"customer": "joe"})
    assert reasons(stranger) == {"coffee-on-us": "other_owner"}


def test_c4_c5_ten_percent_off_all_bread_on_friday() -> None:
    friday = evaluated("coupon_bread_on_friday")
    assert [line["discount_minor"] for line in friday["lines"]] == [35, 19, 0]
    saturday = evaluated("coupon_bread_on_friday", at="2025-06-21T09:00:00+02:00")
    assert saturday["discount_minor"] == 0


def test_c5_ten_percent_off_main_courses_on_every_monday() -> None:
    for monday in ("2025-06-16T00:00:00+02:00", "2025-06-23T23:59:59+02:00"):
        assert evaluated("coupon_main_courses_on_mondays", at=monday)["discount_minor"] == 325
    for other in ("2025-06-15T23:59:59+02:00", "2025-06-17T00:00:00+02:00"):
        evaluation = evaluated("coupon_main_courses_on_mondays", at=other)
        assert (evaluation["discount_minor"], reasons(evaluation)) == (0, {"monday-mains": "outside_window"})


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{", "$"),
        ("[]", "$"),
        ("\ud800", "$"),
        ("{}", "at"),
        ('{"at": "2025-06-13T20:30:00"}', "at"),
        (
            '{"at": "2025-06-13T20:30:00Z", "receipt": {"lines": [{"line": 0}]}}',
            "receipt.lines[0].line",
        ),
        ('{"at": "2025-06-13T20:30:00Z", "receit": {}}', "receit"),
        ('{"at": "2025-06-13T20:30:00Z", "tenders": [{"type": "shells"}]}', "tenders[0].type"),
    ],
)
def test_an_error_names_the_field_and_ends_with_two(text: str, field: str) -> None:
    done = run("evaluate", "-", stdin=text.encode("utf-8", "surrogatepass"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"{field}: ")


def test_the_answer_does_not_depend_on_the_process() -> None:
    command = [sys.executable, "-m", "loyalty", "evaluate", str(HERE / "cases" / "best_for_the_customer.json")]
    answers = {
        subprocess.run(
            command, capture_output=True, cwd=ROOT, check=True, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1


def test_a_file_that_is_not_there_ends_with_two() -> None:
    done = run("evaluate", "no-such-case.json")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no-such-case.json" in done.stderr


@pytest.mark.parametrize(("form", "title"), [((), "Case"), (("case",), "Case"), (("evaluation",), "Evaluation")])
def test_the_schema_is_told(form: tuple[str, ...], title: str) -> None:
    schema = json.loads(run("schema", *form).stdout)
    assert schema["$ref"] == f"#/$defs/{title}"

"""Imports, invitations and companies' users by command."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from backend_bridge.__main__ import main
from backend_bridge.central.customers.models import Invitation, Membership
from backend_bridge.central.customers.services import inviting
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.imports.models import Import
from backend_bridge.central.instants import from_ms
from backend_bridge.central.office.models import OfficeMembership
from tests.unit.central.lab import Lab

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the demonstration's directory: its exit status, and everything that it says."""

    def command(name: str, *arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        status = main([name, *arguments, "--data", str(settings.DATA)])
        said = capsys.readouterr()
        return status, said.out + said.err

    return command


def test_d3_an_import_is_tried_booked_and_undone_by_command(run: Run, tmp_path: Path) -> None:
    file, report = tmp_path / "old.csv", tmp_path / "report.csv"
    file.write_text("number;name;points;colour\n1;Jan;10;red\n2;Secret Name;-1;red\n")
    asked = (str(file), "--company", "de-molen")

    status, said = run("import-customers", *asked, "--dry-run", "--report", str(report))
    assert (status, Import.objects.get().state) == (0, "tried")
    assert "line 3: error: points: whole points" in said
    assert "colour" in said
    assert "Secret" not in said
    assert "3;error;points;number" in report.read_text()
    status, said = run("import-customers", *asked)
    assert (status, Import.objects.get().state) == (1, "tried")
    assert "nothing was booked" in said
    status, said = run("import-customers", *asked, "--skip-bad")
    number = Import.objects.get().pk
    assert (status, f"booked as import {number}" in said) == (0, True)
    assert run("import-customers", *asked, "--skip-bad")[1].endswith("this file was booked before\n")
    assert run("undo-import", "0", "--company", "de-molen")[0] == 1
    status, said = run("undo-import", str(number), "--company", "de-molen")
    assert (status, said) == (0, f"import {number}: 1 rows undone, 0 kept because they are in use\n")
    assert not Membership.objects.filter(company="de-molen", number="1").exists()
    assert run("import-customers", str(tmp_path / "none.csv"), "--company", "de-molen")[0] == 1


def test_b7_the_daily_job_ends_old_invitations(run: Run) -> None:
    inviting.invite(company="de-molen", contact=Contact(email="e@example.nl"), by="x", at=from_ms(0))

    assert run("expire-invitations") == (0, "1 invitations have expired\n")
    assert Invitation.objects.get().state == "expired"


def test_b9_a_user_is_allowed_one_more_company(run: Run) -> None:
    asked = ("--name", "molen", "--company", "cocktailbar-zuid")

    assert run("allow-company", *asked) == (0, "molen may act for cocktailbar-zuid\n")
    assert run("allow-company", *asked) == (0, "molen may act for cocktailbar-zuid already\n")
    assert OfficeMembership.objects.filter(user=User.objects.get(username="molen")).count() == 2
    assert run("allow-company", "--name", "office", "--company", "de-molen")[0] == 1
    assert run("allow-company", "--name", "nobody", "--company", "de-molen")[0] == 1

"""API keys (V25): one company, some scopes, shown once, ended at any time."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from backend_bridge.__main__ import main
from backend_bridge.central.api import keys
from backend_bridge.central.api.models import ApiKey
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour, token
from tests.unit.central.lab import Lab


def rows_as_text() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_apikey")
        return str(cursor.fetchall())


def test_v25_a_key_opens_its_own_company(lab: Lab) -> None:
    for company in (HOME, OTHER):
        answer = neighbour(company).get("company")

        assert (answer.status, answer.body["id"]) == (200, company)
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_secret_is_nowhere_in_the_database(lab: Lab) -> None:
    made = token()
    _tapbon, key, secret = made.split("_", 2)

    assert key in rows_as_text()
    assert secret not in rows_as_text()
    assert made not in repr(keys.create(company=HOME, client="x", scopes=["points:read"], at=timezone.now()))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: "",
        lambda made: "nonsense",
        lambda made: made[:-1],
        lambda made: made[:-1] + ("A" if made[-1] != "A" else "B"),
        lambda made: made.replace("tapbon_", "tapbon_0", 1),
        lambda made: made + "\n",
        lambda made: "tapbon_000000000000_" + "A" * 43,
        lambda made: "ä" * 60,
    ],
)
def test_anything_else_opens_nothing(lab: Lab, spoil: Any) -> None:
    made = token()
    answer = Client(HTTP_HOST="localhost").get("/api/v1/company", HTTP_AUTHORIZATION=f"Bearer {spoil(made)}")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "urn:tapbon:problem:no-key"


def test_no_key_and_another_scheme_open_nothing(lab: Lab) -> None:
    client = Client(HTTP_HOST="localhost")

    assert client.get("/api/v1/company").status_code == 401
    assert client.get("/api/v1/company", HTTP_AUTHORIZATION=f"Basic {token()}").status_code == 401
    assert client.get(f"/api/v1/company?key={token()}").status_code == 401


def test_an_office_login_opens_nothing_here(lab: Lab) -> None:
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="office"))

    assert client.get("/api/v1/company").status_code == 401


def test_a_scope_that_is_missing_is_named(lab: Lab) -> None:
    answer = neighbour(scopes=["points:read"]).get("branches")

    assert (answer.status, answer.problem) == (403, "missing-scope")
    assert answer.body["reason"] == "organisation:read"


def test_a_revoked_key_opens_nothing_at_once(lab: Lab) -> None:
    caller = neighbour()
    assert caller.get("company").status == 200

    [row] = ApiKey.objects.all()
    assert keys.revoke(row.pk, at=timezone.now())
    assert not keys.revoke(row.pk, at=timezone.now())
    assert caller.get("company").problem == "no-key"


def test_an_expired_key_opens_nothing(lab: Lab) -> None:
    soon = timezone.now() + dt.timedelta(hours=1)
    made = token(expires_at=soon)

    assert keys.find(made, at=soon - dt.timedelta(seconds=1)) is not None
    assert keys.find(made, at=soon) is None


def test_when_a_key_was_last_used_is_known_to_the_minute(lab: Lab) -> None:
    caller = neighbour()
    [row] = ApiKey.objects.all()
    assert row.last_used_at is None

    caller.get("company")
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    assert timezone.now() - first < dt.timedelta(seconds=10)

    caller.get("company")
    row.refresh_from_db()
    assert row.last_used_at == first


def test_who_calls_too_often_is_told_how_long_to_wait(lab: Lab) -> None:
    caller, other = Neighbour(token(per_second=1)), Neighbour(token(OTHER, per_second=1))
    answers = [caller.get("company") for _ in range(40)]

    assert [one.status for one in answers[:4]] == [200] * 4
    answer = next(one for one in answers if one.status != 200)
    assert answer.problem == "too-many-requests"
    assert answer.headers["Retry-After"] == "1"
    assert other.get("company").status == 200


def test_a_key_is_in_no_log(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caller = neighbour()
    caller.get("company")
    caller.get("nowhere")
    caller.post("branches", {"x": 1})

    assert caller.token.rpartition("_")[2] not in caplog.text


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    from django.conf import settings

    name, *rest = arguments
    status = main([name, "--data", str(settings.DATA), *rest])
    said = capsys.readouterr()
    return status, (said.out + said.err).strip()


def test_keys_are_made_and_revoked_by_commands(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    status, made = command(
        capsys, "create-api-key", "--company", HOME, "--client", "till", "--scopes", "organisation:read"
    )
    assert (status, Neighbour(made).get("company").status) == (0, 200)

    key = made.split("_")[1]
    assert command(capsys, "revoke-api-key", "--key", key) == (0, "the key is revoked")
    assert command(capsys, "revoke-api-key", "--key", key) == (0, "the key was revoked already")
    assert Neighbour(made).get("company").status == 401


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--company", "nobody", "--client", "till", "--scopes", "points:read"), "no company 'nobody'"),
        (("--company", HOME, "--client", "Till!", "--scopes", "points:read"), "a-z, 0-9 and -"),
        (("--company", HOME, "--client", "till", "--scopes", "points:steal"), "no scope points:steal"),
        (("--company", HOME, "--client", "till", "--scopes", ""), "scopes: "),
        (("--company", HOME, "--client", "till", "--scopes", "points:read", "--branch", "zuid"), "no branch 'zuid'"),
        (("--company", HOME, "--client", "till", "--scopes", "points:read", "--last-day", "2020-01-01"), "future"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_a_sentence(
    lab: Lab, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    status, said = command(capsys, "create-api-key", *arguments)

    assert status == 1
    assert told in said
    assert not ApiKey.objects.exists()


def office(name: str) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=name))
    return client


def test_the_operator_makes_a_key_in_the_office_and_sees_it_once(lab: Lab) -> None:
    operator = office("office")
    told = {
        "company": HOME,
        "client": "booking",
        "scopes": ["organisation:read"],
        "channel": "webshop",
        "per_second": 50,
    }
    answer = operator.post("/office/api/apikey/add/", told)

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    [made] = [part for part in answer.content.decode().replace("<", ">").split(">") if part.startswith("tapbon_")]
    assert Neighbour(made).get("company").body["channel"] == "webshop"
    assert not answer.cookies or made not in answer.cookies.output()

    [row] = ApiKey.objects.all()
    page = operator.get(f"/office/api/apikey/{row.pk}/change/").content.decode()
    assert made.split("_", 2)[2] not in page
    assert row.digest not in page


def test_the_office_refuses_what_the_command_refuses(lab: Lab) -> None:
    told = {
        "company": HOME,
        "client": "booking",
        "scopes": ["organisation:read"],
        "channel": "webshop",
        "branch": "zuid",
        "per_second": 50,
    }
    answer = office("office").post("/office/api/apikey/add/", told)

    assert b"no branch" in answer.content
    assert not ApiKey.objects.exists()


def test_the_operator_revokes_keys_in_the_office(lab: Lab) -> None:
    caller = neighbour()
    [row] = ApiKey.objects.all()
    office("office").post("/office/api/apikey/", {"action": "revoke", "_selected_action": [row.pk]})

    assert caller.get("company").status == 401

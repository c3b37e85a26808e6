"""D2: a PIN is in no table, no log, no message of a webhook and no address; and who has the tables guesses none."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend_bridge.central.api.webhooks.events import TYPES
from backend_bridge.central.api.webhooks.models import Webhook, WebhookEvent
from backend_bridge.central.api.webhooks.outbox import Outbox, begin
from backend_bridge.central.customers.models import CardPin
from backend_bridge.central.ledger.models import Cause
from tests.unit.central.api_neighbour import Neighbour, neighbour
from tests.unit.central.lab import BREAD, Lab, member

NUMBER = "04e1f2a3b4c580"
#: As long as they may be, so that none of them is in a time or a number by chance.
PIN, NEW, WRONG, TRIVIAL = "59371846", "84613957", "70462931", "48154815"


@pytest.fixture
def caller(lab: Lab, caplog: pytest.LogCaptureFixture) -> Neighbour:
    caplog.set_level(logging.DEBUG)
    begin()
    at = timezone.now()
    Webhook.objects.create(
        id="e" * 32, company_id="de-molen", client="till", url="https://example.org/", events=list(TYPES), created_at=at
    )
    return neighbour(branch="utrecht-centraal")


def everything_that_can_be_done(caller: Neighbour) -> list[str]:
    """A PIN's whole life over the API; the secrets that were said."""
    card = caller.post(f"customers/{member('anna')}/cards", {"number": NUMBER}).body["card"]

    def judge(pin: str) -> Any:
        return caller.send("POST", "pins/judging", body={"card": NUMBER, "pin": pin}).body

    caller.post(f"cards/{card}/pin", {"pin": TRIVIAL})
    caller.post(f"cards/{card}/pin", {"pin": PIN}, key="the-first")
    caller.post(f"cards/{card}/pin", {"pin": NEW}, key="the-first")
    judge(WRONG)
    caller.post(f"cards/{card}/pin", {"pin": NEW, "proof": judge(PIN)["proof"]})
    who = {"card": NUMBER, "proof": judge(NEW)["proof"]}
    spent = caller.post("points/spends", {"receipt": "s-1", "who": who, "pool": BREAD, "points": 10})
    assert spent.status == 201, spent
    for _ in range(6):
        judge(WRONG)
    made = caller.post(f"cards/{card}/pin/reset", {"reason": "blocked"}).body["one_time_pin"]
    caller.post(f"cards/{card}/pin", {"pin": PIN, "proof": judge(made)["proof"]})
    # Bodies that break off, and PINs where none belongs.
    caller.send("POST", "pins/judging", raw=f'{{"card": "{NUMBER}", "pin": "{PIN}"'.encode())
    caller.send("POST", "pins/judging", body={"card": NUMBER, "pin": int(PIN), "pins": [PIN]})
    caller.post(f"cards/{card}/pin", {"pin": PIN + PIN})
    return [PIN, NEW, WRONG, TRIVIAL, made]


def tables() -> dict[str, str]:
    """All that is in each table, as text."""
    told = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  (of the database itself)
            told[table] = "\n".join(repr(row) for row in cursor.fetchall())
    return told


def test_d2_no_pin_is_in_any_table_log_or_webhook(caller: Neighbour, caplog: pytest.LogCaptureFixture) -> None:
    said = everything_that_can_be_done(caller)
    Outbox().read_on(at=timezone.now())

    assert CardPin.objects.exists()
    assert Cause.objects.filter(kind="sale_made").exists(), "there is an act that could hold one"
    assert WebhookEvent.objects.filter(type__in=TYPES).exists(), "there is a message that could hold one"
    for secret in said:
        assert [name for name, text in tables().items() if secret in text] == []
        assert secret not in caplog.text


def test_d2_who_has_the_tables_and_no_keys_cannot_try_out_pins(caller: Neighbour) -> None:
    """The table of requests that were done keeps a fingerprint of each body: it must not serve as a quick hash."""
    everything_that_can_be_done(caller)
    card = CardPin.objects.get().card_id
    path, body = f"/api/v1/cards/{card}/pin", f'{{"pin": "{PIN}"}}'.encode()
    guesses = [
        PIN.encode(),
        body,
        f"{card}{PIN}".encode(),
        f"{card}\0{PIN}".encode(),
        f"POST\0{path}\0\0".encode() + body,
    ]
    text = "".join(tables().values())

    assert "the-first" in text
    for guess in guesses:
        for name in ("sha256", "sha1", "md5", "blake2b", "sha512"):
            assert hashlib.new(name, guess).hexdigest() not in text, name
        assert hashlib.blake2b(guess, digest_size=16).hexdigest() not in text


def test_d2_what_is_answered_holds_no_pin_but_the_one_time_one(caller: Neighbour) -> None:
    card = caller.post(f"customers/{member('anna')}/cards", {"number": NUMBER}).body["card"]
    answers = [
        caller.post(f"cards/{card}/pin", {"pin": TRIVIAL}),
        caller.post(f"cards/{card}/pin", {"pin": PIN}),
        caller.send("POST", "pins/judging", body={"card": NUMBER, "pin": PIN}),
        caller.send("POST", "pins/judging", body={"card": NUMBER, "pin": WRONG}),
        caller.send("POST", "pins/judging", body={"card": NUMBER, "pin": f"x{WRONG}"}),
        caller.send("POST", "pins/judging", body={"card": NUMBER, "pin": [WRONG]}),
        caller.get(f"cards/{card}/pin"),
    ]

    assert [one.status for one in answers] == [422, 200, 200, 200, 422, 422, 200]
    for one in answers:
        told = str(one.body) + str(one.headers)
        assert not any(secret in told for secret in (PIN, WRONG, TRIVIAL)), one
        assert one.headers["Cache-Control"] == "no-store"

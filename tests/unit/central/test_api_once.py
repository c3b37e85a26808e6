"""Idempotency keys (V25, V12): a request that comes again, also at the same moment, does nothing again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from backend_bridge.central.api.models import GivenAnswer
from backend_bridge.central.ledger.models import Cause
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, Reply, neighbour
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, member


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour()


def gift(points: int = 50, **changes: Any) -> dict[str, Any]:
    return {"customer": member("anna"), "pool": BREAD, "points": points} | changes


def test_v12_the_same_request_again_is_answered_the_same_and_does_nothing(caller: Neighbour) -> None:
    before = balance("anna")
    first = caller.post("points/gifts", gift(), key="order-17")
    again = caller.post("points/gifts", gift(), key="order-17")

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert balance("anna") == before + 50


def test_another_request_under_the_same_key_is_refused(caller: Neighbour) -> None:
    caller.post("points/gifts", gift(), key="order-17")
    before = balance("anna")

    assert caller.post("points/gifts", gift(51), key="order-17").problem == "key-used-otherwise"
    assert balance("anna") == before


def test_another_key_is_another_request(caller: Neighbour) -> None:
    before = balance("anna")
    caller.post("points/gifts", gift(), key="a")
    caller.post("points/gifts", gift(), key="b")

    assert balance("anna") == before + 100


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 129, "a\tb"])
def test_a_key_is_needed_and_has_a_form(caller: Neighbour, key: str) -> None:
    before = balance("anna")
    answer = caller.post("points/gifts", gift(), key=key)

    assert answer.status == 422
    assert {field for field, _rule in answer.broken} == {"header.Idempotency-Key"}
    assert balance("anna") == before


def test_who_exchanges_the_api_key_and_repeats_is_the_same_neighbour(lab: Lab) -> None:
    before = balance("anna")
    neighbour(client="till").post("points/gifts", gift(), key="order-17")
    again = neighbour(client="till").post("points/gifts", gift(), key="order-17")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert balance("anna") == before + 50


def test_two_systems_and_two_companies_may_use_the_same_key(lab: Lab) -> None:
    before = balance("anna", NETWORK)
    for company, client in ((HOME, "till"), (HOME, "booking"), (OTHER, "till")):
        answer = neighbour(company, client=client).post("points/gifts", gift(pool=NETWORK), key="17")
        assert answer.status == 201, answer

    assert balance("anna", NETWORK) == before + 150


def test_a_refusal_is_judged_anew(caller: Neighbour) -> None:
    assert caller.post("points/gifts", gift(pool="kaple-points"), key="order-17").status == 422
    assert not GivenAnswer.objects.exists()
    assert caller.post("points/gifts", gift(), key="order-17").status == 201


def test_when_the_answer_was_swept_away_the_books_still_know(caller: Neighbour) -> None:
    first = caller.post("points/gifts", gift(), key="order-17")
    GivenAnswer.objects.all().delete()
    before = balance("anna")

    assert caller.post("points/gifts", gift(), key="order-17").body == first.body
    GivenAnswer.objects.all().delete()
    assert caller.post("points/gifts", gift(51), key="order-17").problem == "key-used-otherwise"
    assert balance("anna") == before


def test_an_answer_and_what_was_done_are_there_together_or_not_at_all(
    caller: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = balance("anna")

    def power_cut(*_given: Any, **_more: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("backend_bridge.central.api.once.Answer", power_cut)
        patched.setattr("backend_bridge.central.api.sections.points.GiftShown", power_cut)
        assert caller.post("points/gifts", gift(), key="order-17").status == 500
    assert (balance("anna"), GivenAnswer.objects.count()) == (before, 0)
    assert caller.post("points/gifts", gift(), key="order-17").status == 201
    assert balance("anna") == before + 50


def test_v12_many_at_once_under_one_key_do_it_once(caller: Neighbour) -> None:
    before, causes = balance("anna"), Cause.objects.count()
    start = threading.Barrier(8)

    def send(number: int) -> list[Reply]:
        start.wait()
        try:
            return [caller.post("points/gifts", gift(key_number), key=f"k{key_number}") for key_number in range(1, 6)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        replies = [one for sent in pool.map(send, range(8)) for one in sent]

    assert balance("anna") == before + 1 + 2 + 3 + 4 + 5
    assert Cause.objects.count() == causes + 5
    done = [one for one in replies if one.status == 201]
    waiting = [one for one in replies if one.status != 201]
    assert len({one.body["lot"] for one in done}) == 5
    assert sum("Idempotent-Replayed" not in one.headers for one in done) == 5
    assert all((one.status, one.problem) in ((409, "still-running"), (503, "unavailable")) for one in waiting)
    assert all(int(one.headers["Retry-After"]) > 0 for one in waiting)

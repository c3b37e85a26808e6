"""The workbench behind its real web server, over a real connection."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from hw_sim.demo.web import WorkbenchServer
from hw_sim.workbench.bench import Bench
from tests.unit.workbench.bench_fakes import Surroundings


@pytest.fixture
def client(bench: Bench) -> Iterator[httpx.Client]:
    server = WorkbenchServer(0)
    server.serve(bench)
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client
    server.stop()


def test_no_answer_is_held_back_until_the_one_before_is_acknowledged(client: httpx.Client) -> None:
    # Nagle's algorithm would make each take 40 ms. A busy machine slows some of them down, and not twenty times all.
    assert min(_seconds_of_ten(client) for _round in range(20)) < 0.3


def _seconds_of_ten(client: httpx.Client) -> float:
    started = time.monotonic()
    for _ in range(10):
        client.get("/api/bench")
    return time.monotonic() - started


def test_a_giant_is_told_why_it_is_refused_instead_of_being_cut_off(client: httpx.Client) -> None:
    answer = client.post("/api/camera", content=bytes(12_000_000))
    assert answer.status_code == 413
    assert "10,000,000" in answer.json()["detail"]


def test_a_card_is_laid_on_over_a_real_connection(client: httpx.Client, around: Surroundings) -> None:
    assert client.post("/api/card", json={"card": "Ann"}).status_code == 200
    assert around.reader.card is not None
    assert client.get("/api/state", headers={"Host": "rebound.example"}).status_code == 403
    assert "server" not in client.get("/").headers


def test_stopping_frees_the_port_and_may_be_repeated(bench: Bench) -> None:
    server = WorkbenchServer(0)
    server.serve(bench)
    server.stop()
    server.stop()
    assert server.wait(0)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url + "/", trust_env=False)

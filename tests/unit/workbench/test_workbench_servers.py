"""The servers behind the terminal and its disk, as switches of the workbench."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.unit.workbench.bench_fakes import Surroundings


@pytest.mark.parametrize("server", ["central", "broker"])
def test_a_server_is_killed_and_started_again(api: TestClient, around: Surroundings, server: str) -> None:
    assert api.get("/api/bench").json()[server] == {"running": True}
    assert api.post(f"/api/{server}", json={"running": False}).json()[server] == {"running": False}
    assert list(around.servers.up.values()).count(False) == 1
    # Twice is no mistake: nobody knows who was first.
    assert api.post(f"/api/{server}", json={"running": False}).status_code == 200
    assert api.post(f"/api/{server}", json={"running": True}).json()[server] == {"running": True}


def test_a_server_that_does_not_serve_says_why(api: TestClient, around: Surroundings) -> None:
    api.post("/api/central", json={"running": False})
    around.servers.will_serve = False
    answer = api.post("/api/central", json={"running": True})
    assert answer.status_code == 503
    assert "no broker" in answer.json()["detail"]
    assert api.get("/api/bench").json()["central"] == {"running": False}


def test_x9_the_disk_is_filled_and_emptied(api: TestClient, around: Surroundings) -> None:
    assert api.get("/api/bench").json()["disk"] == {"full": False}
    assert api.post("/api/disk", json={"full": True}).json()["disk"] == {"full": True}
    assert around.terminal.disk_full
    assert api.post("/api/disk", json={"full": False}).json()["disk"] == {"full": False}
    assert not around.terminal.disk_full


def test_a_reset_makes_space_on_the_disk(api: TestClient, around: Surroundings) -> None:
    api.post("/api/disk", json={"full": True})
    assert api.post("/api/reset").json()["disk"] == {"full": False}
    assert not around.terminal.disk_full


@pytest.mark.parametrize("path", ["/api/central", "/api/broker", "/api/disk"])
@pytest.mark.parametrize("body", [{}, {"running": "yes"}, {"full": 1}, {"running": True, "full": True}])
def test_a_body_that_says_something_else_changes_nothing(
    api: TestClient, around: Surroundings, path: str, body: dict[str, object]
) -> None:
    assert api.post(path, json=body).status_code == 422
    assert around.servers.up == {"central": True, "broker": True}
    assert not around.terminal.disk_full

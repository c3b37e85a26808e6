"""Power, failure and a new beginning, as the API tells them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.unit.workbench.bench_fakes import Surroundings


def test_a_power_cut_takes_the_terminal_and_its_reader(api: TestClient, around: Surroundings) -> None:
    api.post("/api/card", json={"card": "Ann"})
    assert api.post("/api/power", json={"on": False}).json()["power"] == {"on": False, "running": False}
    assert around.terminal.kills == 1
    assert not Path(around.reader.path).exists()
    told = api.post("/api/power", json={"on": True}).json()
    assert told["power"] == {"on": True, "running": True}
    assert told["card"] == "Ann"
    assert around.reader.card is not None
    assert Path(around.reader.path).exists()


def test_power_does_not_plug_in_a_reader_that_was_unplugged(api: TestClient, around: Surroundings) -> None:
    api.post("/api/reader", json={"plugged": False})
    api.post("/api/power", json={"on": False})
    api.post("/api/power", json={"on": True})
    assert not Path(around.reader.path).exists()


def test_power_that_is_on_already_starts_nothing(api: TestClient, around: Surroundings) -> None:
    assert api.post("/api/power", json={"on": True}).status_code == 200
    assert around.terminal.starts == 0


@pytest.mark.parametrize("path", ["/api/state", "/api/screen.png"])
def test_a_terminal_without_power_is_told_in_words(api: TestClient, path: str) -> None:
    api.post("/api/power", json={"on": False})
    answer = api.get(path)
    assert answer.status_code == 409
    assert "POST /api/power" in answer.json()["detail"]


def test_a_touch_without_power_goes_nowhere(api: TestClient, around: Surroundings) -> None:
    api.post("/api/power", json={"on": False})
    assert api.post("/api/touch", json={"x": 1, "y": 1}).status_code == 409
    assert api.post("/api/touch", json={"label": "Check balance"}).status_code == 409
    assert around.terminal.touches == []


def test_cards_and_cables_can_be_moved_without_power(api: TestClient, around: Surroundings) -> None:
    api.post("/api/power", json={"on": False})
    assert api.post("/api/card", json={"card": "Ann"}).status_code == 200
    assert api.post("/api/network", json={"up": False}).status_code == 200
    assert api.get("/api/bench").json()["card"] == "Ann"


def test_a_terminal_that_ended_by_itself_is_told_and_can_be_started_again(
    api: TestClient, around: Surroundings
) -> None:
    around.terminal.running = False
    assert api.get("/api/bench").json()["power"] == {"on": True, "running": False}
    answer = api.get("/api/state")
    assert answer.status_code == 503
    assert "ended by itself" in answer.json()["detail"]
    assert api.post("/api/power", json={"on": True}).status_code == 200
    assert around.terminal.starts == 1


def test_a_terminal_that_does_not_start_says_its_last_words(api: TestClient, around: Surroundings) -> None:
    api.post("/api/power", json={"on": False})
    around.terminal.will_start = False
    answer = api.post("/api/power", json={"on": True})
    assert answer.status_code == 503
    assert "no disk" in answer.json()["detail"]
    around.terminal.will_start = True
    assert api.post("/api/power", json={"on": True}).status_code == 200


def test_the_log_is_told_by_lines(api: TestClient) -> None:
    assert api.get("/api/log", params={"lines": 2}).json() == {"lines": ["second", "third"]}
    assert api.get("/api/log", params={"lines": 0}).status_code == 422


def test_a_reset_puts_everything_back_and_brings_new_logins(api: TestClient, around: Surroundings) -> None:
    assert api.get("/api/demo").json()["password"] == "first"
    api.post("/api/card", json={"card": "Ann"})
    api.post("/api/camera/coupon", json={"coupon": "bread-50"})
    api.post("/api/network", json={"up": False})
    api.post("/api/reader", json={"plugged": False})
    api.post("/api/camera/plug", json={"plugged": False})
    told = api.post("/api/reset").json()
    assert told == {
        "power": {"on": True, "running": True},
        "network": {"up": True, "cable": "plugged"},
        "disk": {"full": False},
        "central": {"running": True},
        "broker": {"running": True},
        "reader": {"plugged": True},
        "card": None,
        "camera": {"plugged": True, "shows": None, "watched": False},
        "busy": None,
    }
    # The terminal had no power while its ledger was being replaced.
    assert around.renewed == [False]
    assert around.reader.card is None
    assert around.cable.up
    assert around.camera.plugged
    assert api.get("/api/demo").json() == {
        "office": "http://127.0.0.1:8461",
        "user": "office",
        "password": "second",
        "password_file": "demo-data/central/office-password",
    }


def test_while_the_demo_is_set_up_anew_hands_are_told_to_wait(api: TestClient, around: Surroundings) -> None:
    answers: list[int] = []

    def ask_meanwhile() -> None:
        around.terminal.will_start = True
        for path in ("/api/state", "/api/screen.png"):
            answers.append(api.get(path).status_code)
        answers.append(api.post("/api/card", json={"card": "Ann"}).status_code)
        answers.append(api.get("/api/bench").status_code)

    around.terminal.on_start = ask_meanwhile
    api.post("/api/reset")
    assert answers == [503, 503, 503, 200]


def test_a_reset_that_fails_leaves_a_bench_that_can_be_reset_again(api: TestClient, around: Surroundings) -> None:
    around.terminal.will_start = False
    assert api.post("/api/reset").status_code == 503
    around.terminal.will_start = True
    assert api.post("/api/reset").status_code == 200


def test_a_ledger_that_cannot_be_made_is_told_and_tried_again(api: TestClient, around: Surroundings) -> None:
    around.disk_full = True
    answer = api.post("/api/reset")
    assert answer.status_code == 500
    assert "No space is left on the disk. Try again" in answer.json()["detail"]
    assert api.get("/api/bench").json()["power"] == {"on": False, "running": False}
    around.disk_full = False
    assert api.post("/api/reset").json()["power"] == {"on": True, "running": True}

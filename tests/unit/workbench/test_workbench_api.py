"""What hands can do through the API, with real emulated devices."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.patience import PATIENCE_S
from tests.unit.workbench.bench_fakes import Surroundings, node, picture


def test_the_drawer_tells_its_cards_and_which_one_lies_on_the_reader(api: TestClient) -> None:
    told = api.get("/api/cards").json()
    assert [card["name"] for card in told["cards"]] == ["Ann", "Old card"]
    assert told["cards"][0] == {
        "name": "Ann",
        "uid": "04a1b2c3d4e5f6",
        "family": "ntag213",
        "description": "120 points",
    }
    assert told["laid"] is None
    api.post("/api/card", json={"card": "Ann"})
    assert api.get("/api/cards").json()["laid"] == "Ann"


def test_a_card_is_laid_exchanged_and_taken_off(api: TestClient, around: Surroundings) -> None:
    assert api.post("/api/card", json={"card": "Ann"}).json()["card"] == "Ann"
    assert around.reader.card is not None
    assert (around.reader.card.uid.hex(), around.reader.card.sak) == ("04a1b2c3d4e5f6", 0x00)
    api.post("/api/card", json={"card": "Old card"})
    assert (around.reader.card.uid.hex(), around.reader.card.sak) == ("deadbeef", 0x08)
    assert api.delete("/api/card").json()["card"] is None
    assert around.reader.card is None
    assert api.delete("/api/card").status_code == 200


def test_the_same_card_is_laid_again_with_what_was_written_on_it(api: TestClient, around: Surroundings) -> None:
    api.post("/api/card", json={"card": "Ann"})
    first = around.reader.card
    api.delete("/api/card")
    api.post("/api/card", json={"card": "Ann"})
    assert around.reader.card is first


def test_an_unknown_card_is_refused_with_the_ones_there_are(api: TestClient) -> None:
    answer = api.post("/api/card", json={"card": "Bob"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["known"] == ["Ann", "Old card"]
    assert "'Bob'" in answer.json()["detail"]
    assert "Ann, Old card" in answer.json()["detail"]


def test_the_readers_cable_takes_its_device_away(api: TestClient, around: Surroundings) -> None:
    assert api.post("/api/reader", json={"plugged": False}).json()["reader"] == {"plugged": False}
    assert not Path(around.reader.path).exists()
    api.post("/api/reader", json={"plugged": True})
    assert Path(around.reader.path).exists()


def test_a_coupon_of_the_demo_is_a_picture_that_can_be_held_to_the_camera(api: TestClient) -> None:
    coupons = api.get("/api/coupons").json()["coupons"]
    assert coupons[0]["text"] == "TPB1.ABCDEF"
    image = api.get(coupons[0]["image"])
    assert image.headers["content-type"] == "image/png"
    empty = darkest(api)
    assert api.post("/api/camera", content=image.content).json()["camera"]["shows"] == "your own picture"
    assert darkest(api) < empty - 50
    assert api.delete("/api/camera").json()["camera"]["shows"] is None
    assert darkest(api) > empty - 20
    assert api.post("/api/camera/coupon", json={"coupon": "bread-50"}).json()["camera"]["shows"] == "bread-50"
    assert darkest(api) < empty - 50


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_any_picture_can_be_held_to_the_camera(api: TestClient, kind: str) -> None:
    answer = api.post("/api/camera", content=picture((200, 200), colour="black", kind=kind))
    assert answer.status_code == 200
    assert darkest(api) < 40


def test_the_cameras_cable_refuses_whoever_looks(api: TestClient, around: Surroundings) -> None:
    port = int(around.camera.url.split(":")[2].split("/")[0])
    api.post("/api/camera/plug", json={"plugged": False})
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    assert api.post("/api/camera/plug", json={"plugged": True}).json()["camera"]["plugged"] is True
    socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()


def test_the_network_cable_is_pulled_loudly_or_silently(api: TestClient, around: Surroundings) -> None:
    assert api.post("/api/network", json={"up": False}).json()["network"] == {"up": False, "cable": "pulled"}
    assert not around.cable.up
    assert api.post("/api/network", json={"up": True}).json()["network"] == {"up": True, "cable": "plugged"}
    assert around.cable.up
    told = api.post("/api/network", json={"up": False, "silently": True}).json()
    assert told["network"] == {"up": False, "cable": "silent"}
    assert not around.cable.up


def test_a_point_is_touched(api: TestClient, around: Surroundings) -> None:
    assert api.post("/api/touch", json={"x": 0, "y": 599}).json() == {"x": 0, "y": 599}
    assert around.terminal.touches == [(0, 599)]


@pytest.mark.parametrize("label", ["Check balance", "  check   BALANCE ", "check b"])
def test_a_label_touches_the_middle_of_its_button(api: TestClient, around: Surroundings, label: str) -> None:
    assert api.post("/api/touch", json={"label": label}).json() == {"x": 250, "y": 240}
    assert around.terminal.touches == [(250, 240)]


def test_a_whole_label_goes_before_the_beginning_of_another(api: TestClient, around: Surroundings) -> None:
    around.terminal.nodes = [
        node("button", "Check a coupon", rect=[0, 0, 10, 10]),
        node("button", "Check", rect=[50, 50, 10, 10]),
    ]
    assert api.post("/api/touch", json={"label": "check"}).json() == {"x": 55, "y": 55}


@pytest.mark.parametrize(
    ("label", "status", "word"),
    [
        ("Pay", 404, "No button"),
        ("Welcome", 404, "No button"),
        ("Redeem", 404, "greyed out"),
        ("Check", 409, "may mean 'Check balance', 'Check a coupon'"),
        ("  ", 404, "empty"),
    ],
)
def test_a_label_that_means_nothing_is_refused_with_what_can_be_touched(
    api: TestClient, around: Surroundings, label: str, status: int, word: str
) -> None:
    answer = api.post("/api/touch", json={"label": label})
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert answer.json()["labels"] == ["Check balance", "Check a coupon", "Hjælp"]
    assert around.terminal.touches == []


@pytest.mark.parametrize("point", [(1024, 0), (0, 600), (-1, 5)])
def test_a_point_beside_the_screen_is_refused(api: TestClient, around: Surroundings, point: tuple[int, int]) -> None:
    answer = api.post("/api/touch", json={"x": point[0], "y": point[1]})
    assert answer.status_code == 422
    assert "1024 x 600" in answer.json()["detail"]
    assert around.terminal.touches == []


def test_the_screen_is_a_tree_and_a_picture_and_sent_only_when_it_changed(
    api: TestClient, around: Surroundings
) -> None:
    state = api.get("/api/state")
    assert (state.json()["screen"], state.json()["size"]) == ("idle", [1024, 600])
    screen = api.get("/api/screen.png")
    assert screen.content.startswith(b"\x89PNG")
    known = {"If-None-Match": screen.headers["etag"]}
    unchanged = api.get("/api/screen.png", headers=known)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert api.get("/api/state", headers={"If-None-Match": state.headers["etag"]}).status_code == 304
    around.terminal.colour = "green"
    assert api.get("/api/screen.png", headers=known).status_code == 200


def darkest(api: TestClient) -> int:
    """How dark the darkest point is that the camera sees."""
    import io

    from PIL import Image

    image = api.get("/api/camera.jpg")
    assert image.headers["content-type"] == "image/jpeg"
    histogram = Image.open(io.BytesIO(image.content)).convert("L").histogram()
    return next(level for level, points in enumerate(histogram) if points)

"""Attacks on the workbench: other sites, other hosts, bombs, giants and crooked paths."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from hw_sim.workbench.api import create_app
from hw_sim.workbench.bench import Bench
from hw_sim.workbench.guard import MAX_BODY_BYTES, MAX_IMAGE_BYTES
from tests.unit.workbench.bench_fakes import HERE, Surroundings, picture

LAY = {"card": "Ann"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8460",
        "127.0.0.1.evil.example",
        "user@127.0.0.1",
        "192.168.1.5:8460",
        "0.0.0.1",
        "",
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(api: TestClient, host: str) -> None:
    for path in ("/", "/api/demo", "/api/openapi.json"):
        answer = api.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert "first" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8460", "[::1]:8460", "LOCALHOST"])
def test_loopback_by_any_of_its_names_is_served(api: TestClient, host: str) -> None:
    assert api.get("/api/cards", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8460"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_changes_nothing(api: TestClient, around: Surroundings, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/api/card"), ("POST", "/api/reset"), ("DELETE", "/api/card")):
        answer = api.request(method, path, json=LAY if method == "POST" else None, headers=headers)
        assert answer.status_code == 403
    assert around.reader.card is None
    assert around.renewed == []


def test_another_sites_page_cannot_embed_or_read_the_password(api: TestClient) -> None:
    assert api.get("/api/demo", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    headers = api.get("/api/demo").headers
    assert "access-control-allow-origin" not in headers
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_the_own_page_and_programs_may_change_things(api: TestClient) -> None:
    assert api.post("/api/card", json=LAY, headers={"Origin": HERE, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert api.post("/api/card", json=LAY).status_code == 200


def test_another_machine_is_refused(bench: Bench) -> None:
    with TestClient(create_app(bench), base_url=HERE, client=("192.168.1.77", 5000)) as stranger:
        assert stranger.get("/api/demo").status_code == 403


def test_a_form_of_another_kind_is_no_json(api: TestClient, around: Surroundings) -> None:
    answer = api.post("/api/card", content=b'{"card": "Ann"}', headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    assert around.reader.card is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/coupons/../../../../etc/passwd.png",
        "/api/coupons/..%2f..%2f..%2fetc%2fpasswd.png",
        "/api/coupons/%2e%2e/office-password.png",
        "/api/coupons/office-password%00.png",
        "/api/coupons/.png",
        "/..%2fbench.py",
        "/page/../bench.py",
        "/__init__.py",
    ],
)
def test_a_crooked_path_leads_nowhere(api: TestClient, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "import" not in answer.text


@pytest.mark.parametrize("path", ["/api/camera", "/api/card", "/api/reset"])
def test_a_giant_body_is_refused(api: TestClient, path: str) -> None:
    limit = MAX_IMAGE_BYTES if path == "/api/camera" else MAX_BODY_BYTES
    answer = api.post(path, content=b" " * (limit + 1))
    assert answer.status_code == 413
    assert f"{limit:,}" in answer.json()["detail"]


def test_a_body_that_never_tells_its_length_is_refused_as_well(api: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(11):
            yield b"\x89PNG" + bytes(1_000_000)

    assert api.post("/api/camera", content=pieces()).status_code == 413


def test_a_picture_bomb_is_refused_before_it_is_unpacked(api: TestClient) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100_000)))
    answer = api.post("/api/camera", content=bomb + chunk(b"IEND", b""))
    assert answer.status_code == 422
    assert "large once unpacked" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"not a picture", b"GIF89a" + bytes(50), b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:60]],
)
def test_what_is_no_picture_is_refused_and_what_was_shown_stays(api: TestClient, body: bytes) -> None:
    api.post("/api/camera/coupon", json={"coupon": "bread-50"})
    answer = api.post("/api/camera", content=body, headers={"Content-Type": "image/png"})
    assert answer.status_code == 422
    assert api.get("/api/bench").json()["camera"]["shows"] == "bread-50"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/touch", {}),
        ("/api/touch", {"x": 1}),
        ("/api/touch", {"x": 1, "y": 2, "label": "Check balance"}),
        ("/api/touch", {"x": 1, "label": "Check balance"}),
        ("/api/touch", {"x": "1", "y": 2}),
        ("/api/touch", {"x": 1e300, "y": 2}),
        ("/api/touch", {"label": "x" * 1000}),
        ("/api/network", {"up": "false"}),
        ("/api/power", {"on": 0}),
        ("/api/card", {"card": "Ann", "uid": "04"}),
        ("/api/card", ["Ann"]),
        ("/api/card", None),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_in_words(api: TestClient, path: str, body: object) -> None:
    answer = api.post(path, json=body)
    assert answer.status_code == 422
    assert "/api/openapi.json" in answer.json()["detail"]


def test_a_hostile_name_is_cut_short_in_the_answer(api: TestClient) -> None:
    answer = api.post("/api/card", json={"card": "<script>" * 20})
    assert answer.status_code == 404
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.json()["detail"]) < 200


def test_the_page_brings_everything_itself(api: TestClient) -> None:
    page = api.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in ("/", "/workbench.css", "/workbench.js", "/icon.svg"):
        text = api.get(path).text
        assert "https://" not in text
        assert text.count("http://") == text.count("http://www.w3.org/2000/svg")
    assert "<script>" not in page.text
    assert " style=" not in page.text


def test_the_api_describes_itself(api: TestClient) -> None:
    paths = api.get("/api/openapi.json").json()["paths"]
    assert {"/api/card", "/api/camera", "/api/touch", "/api/state", "/api/network", "/api/power"} <= paths.keys()
    assert "image/png" in paths["/api/camera"]["post"]["requestBody"]["content"]
    assert api.get("/docs").status_code == 404
    assert api.get("/api/nothing").status_code == 404
    assert api.put("/api/card").status_code == 405

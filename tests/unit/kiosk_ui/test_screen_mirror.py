"""The mirror: what it shows and does, who may open it, and that no client can harm the terminal."""

from __future__ import annotations

import json
import queue
import socket
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from firmware.terminal.events import DonePressed
from kiosk_ui.errors import MirrorError
from kiosk_ui.mirror import LONGEST_REQUEST, MOST_CLIENTS, Mirror, answer
from kiosk_ui.mirror_client import MirrorClient
from kiosk_ui.samples import NOW_MS, samples
from kiosk_ui.window import KioskWindow
from tests.patience import PATIENCE_S

Reply = dict[str, Any]


class MainLoop:
    """Answers what the mirror hands over, in the thread that runs the test."""

    def __init__(self, window: KioskWindow) -> None:
        self.window = window
        self.asked: queue.SimpleQueue[tuple[Reply, Future[Reply]]] = queue.SimpleQueue()

    def submit(self, request: Reply) -> Future[Reply]:
        reply: Future[Reply] = Future()
        self.asked.put((request, reply))
        return reply

    def during(self, client: Any) -> Any:
        """What `client()` gives, in a thread of its own, while this one answers."""
        done: Future[Any] = Future()

        def run() -> None:
            try:
                done.set_result(client())
            except BaseException as error:  # noqa: BLE001 - handed to the test, whatever it is
                done.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        while not done.done():
            try:
                request, reply = self.asked.get(timeout=0.01)
            except queue.Empty:
                continue
            reply.set_result(answer(request, self.window))
        return done.result()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mirror.sock"


@pytest.fixture
def loop(window: KioskWindow) -> MainLoop:
    window.show(samples()["balance"], at_ms=NOW_MS)
    return MainLoop(window)


@pytest.fixture
def mirror(path: Path, loop: MainLoop) -> Iterator[Mirror]:
    with Mirror(path, loop.submit) as opened:
        yield opened


@pytest.fixture
def raw(path: Path, mirror: Mirror) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        yield connection


def line(connection: socket.socket) -> Reply:
    with connection.makefile("rb") as stream:
        reply: Reply = json.loads(stream.readline())
    return reply


def test_a_client_sees_what_the_customer_sees(path: Path, mirror: Mirror, loop: MainLoop) -> None:
    client = MirrorClient(path)
    assert loop.during(client.state) == loop.window.tree()
    assert loop.during(client.png) == loop.window.png()


def test_a_client_touches_as_a_finger_does(path: Path, mirror: Mirror, loop: MainLoop) -> None:
    done = next(node for node in loop.window.tree()["nodes"] if node["label"] == "Done")
    x, y, w, h = done["rect"]
    loop.during(lambda: MirrorClient(path).touch(x + w / 2, y + h / 2))
    assert loop.window.pump() == [DonePressed()]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"op": "dance"},
        {"op": ["state"]},
        {"op": "touch"},
        {"op": "touch", "x": "1", "y": 1},
        {"op": "touch", "x": True, "y": 1},
        {"op": "touch", "x": -1, "y": 1},
        {"op": "touch", "x": 1024, "y": 1},
        {"op": "touch", "x": float("nan"), "y": 1},
        {"op": "touch", "x": 1e308, "y": 10**400},
    ],
)
def test_a_request_without_sense_is_told_so_and_does_nothing(request_: Reply, loop: MainLoop) -> None:
    assert set(answer(request_, loop.window)) == {"error"}
    assert loop.window.pump() == []


@pytest.mark.parametrize(
    "garbage",
    [b"\n", b"\x00\xff\xfe\n", b"[]\n", b'"state"\n', b"{\n", b"[" * 3000 + b"\n", b'{"op": "\\ud800"}\n'],
)
def test_garbled_requests_are_answered_and_the_next_one_too(
    garbage: bytes, raw: socket.socket, path: Path, loop: MainLoop
) -> None:
    raw.sendall(garbage)
    assert "error" in loop.during(lambda: line(raw))
    raw.sendall(b'{"op": "state"}\n')
    assert loop.during(lambda: line(raw))["screen"] == "balance"


def test_an_endless_request_is_cut_off_and_others_are_served(raw: socket.socket, path: Path, loop: MainLoop) -> None:
    raw.sendall(b"x" * (LONGEST_REQUEST * 3))
    assert "error" in line(raw)
    assert loop.during(MirrorClient(path).state)["screen"] == "balance"


def test_half_a_request_that_hangs_up_harms_nobody(path: Path, mirror: Mirror, loop: MainLoop) -> None:
    for _ in range(30):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(path))
            connection.sendall(b'{"op": "sta')
    assert loop.during(MirrorClient(path).state)["screen"] == "balance"


def test_clients_at_the_same_time_are_all_served(path: Path, mirror: Mirror, loop: MainLoop) -> None:
    def all_at_once() -> list[str]:
        seen: list[str] = []
        threads = [threading.Thread(target=lambda: seen.append(MirrorClient(path).state()["screen"])) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return seen

    assert loop.during(all_at_once) == ["balance"] * 8


def test_more_clients_than_places_are_refused_until_one_goes(path: Path, loop: MainLoop) -> None:
    with Mirror(path, loop.submit, patience_s=0.2):
        held = []
        for _ in range(MOST_CLIENTS):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.connect(str(path))
            held.append(connection)
            connection.sendall(b"[]\n")
            line(connection)
        with pytest.raises(MirrorError):
            loop.during(MirrorClient(path).state)
        for connection in held:
            connection.close()
        assert served_in_the_end(path, loop)["screen"] == "balance"


def served_in_the_end(path: Path, loop: MainLoop) -> Reply:
    """That somebody has gone is noticed soon, not at once, and a busy machine may use up a short patience."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        try:
            told: Reply = loop.during(MirrorClient(path).state)
        except MirrorError:
            if time.monotonic() > give_up:
                raise
        else:
            return told


def test_a_main_loop_that_is_busy_is_told(path: Path) -> None:
    with Mirror(path, lambda _request: Future(), patience_s=0.05), pytest.raises(MirrorError, match="busy"):
        MirrorClient(path).state()


def test_a_main_loop_that_fails_is_told_and_the_mirror_goes_on(path: Path) -> None:
    def submit(_request: Reply) -> Future[Reply]:
        failed: Future[Reply] = Future()
        failed.set_exception(ZeroDivisionError())
        return failed

    with Mirror(path, submit):
        for _ in range(2):
            with pytest.raises(MirrorError, match="ZeroDivisionError"):
                MirrorClient(path).state()


def test_only_the_owner_may_open_it_and_it_is_gone_afterwards(path: Path, loop: MainLoop) -> None:
    with Mirror(path, loop.submit):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


def test_a_socket_left_behind_is_replaced(path: Path, loop: MainLoop) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(path))
    with Mirror(path, loop.submit):
        assert loop.during(MirrorClient(path).state)["screen"] == "balance"


def test_a_socket_in_use_and_a_file_are_left_alone(path: Path, tmp_path: Path, loop: MainLoop) -> None:
    with Mirror(path, loop.submit), pytest.raises(MirrorError, match="another terminal"):
        Mirror(path, loop.submit).start()
    precious = tmp_path / "precious"
    precious.write_text("kept")
    mirror = Mirror(precious, loop.submit)
    with pytest.raises(MirrorError, match="no socket"):
        mirror.start()
    mirror.stop()
    assert precious.read_text() == "kept"


def test_a_client_of_nobody_is_told(path: Path) -> None:
    with pytest.raises(MirrorError, match="does not answer"):
        MirrorClient(path, timeout_s=0.5).state()

"""Rules bundles over HTTPS: resumed after a cut, checked against the announcement, for their terminal only."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend_bridge.broker.process import Mosquitto
from backend_bridge.link.outgoing import Outgoing
from backend_bridge.link.rules_cache import RulesCache
from backend_bridge.link.rules_server import RulesBytes, RulesServer
from backend_bridge.pki.authority import Authority, Credentials
from loyalty import rules
from loyalty.rules import Branding, RulesBundle
from loyalty.wire.codec import seal_down
from loyalty.wire.link import LinkUp, RulesArrived
from loyalty.wire.messages import Ack, RulesAnnounced
from tests.integration.broker_fixtures import (
    CENTRAL_KEY,
    Ends,
    FakeDesk,
    ack,
)
from tests.patience import PATIENCE_S

Serve = Callable[[RulesBytes], RulesServer]


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    """Starts rules listeners, and stops them after the test."""
    started: list[RulesServer] = []

    def start(rules_bytes: RulesBytes) -> RulesServer:
        started.append(listener(authority, rules_bytes))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def listener(authority: Authority, rules_bytes: RulesBytes) -> RulesServer:
    files = authority.issue_server()
    server = RulesServer(
        rules_bytes,
        ca_file=files.ca_file,
        crl_file=authority.crl_file,
        certificate_file=files.certificate_file,
        key_file=files.key_file,
    )
    server.start()
    return server


def a_bundle(version: str, *, cards: int = 0) -> tuple[RulesBundle, bytes, str]:
    bundle = RulesBundle(
        version=version,
        company="c",
        branch="b",
        timezone="Europe/Berlin",
        languages=("en",),
        branding=Branding(company_name="Company"),
        pools=(),
        rewards=(),
        coupon_keys=(),
        blocked_cards=tuple(hashlib.sha256(b"%d" % number).hexdigest() for number in range(cards)),
    )
    data = rules.encode(bundle)
    return bundle, data, hashlib.sha256(data).hexdigest()


def announce(terminal: str, version: str, *, sha256: str, size: int) -> Outgoing:
    announcement = RulesAnnounced(terminal=terminal, version=version, sha256=sha256, size=size)
    return Outgoing(terminal, "down/rules", seal_down(announcement, CENTRAL_KEY), retain=True)


def get(port: int, path: str, credentials: Credentials, **headers: str) -> tuple[int, bytes]:
    context = ssl.create_default_context(cafile=str(credentials.ca_file))
    context.load_cert_chain(credentials.certificate_file, credentials.key_file)
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S, context=context)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class CuttingProxy:
    """Passes bytes on to `port` and cuts the first connection after `cut_after` bytes of the answer."""

    def __init__(self, port: int, *, cut_after: int) -> None:
        self._port, self._cut_after = port, cut_after
        self.passed: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self.passed.append(0)
            far = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._pass_up, args=(near, far), daemon=True).start()
            self._pass_down(far, near, limit=self._cut_after if len(self.passed) == 1 else 1 << 40)

    def _pass_up(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while data := near.recv(65536):
                far.sendall(data)
        except OSError:
            return

    def _pass_down(self, far: socket.socket, near: socket.socket, *, limit: int) -> None:
        with far, near:
            while self.passed[-1] < limit and (data := far.recv(4096)):
                near.sendall(data)
                self.passed[-1] += len(data)
            with contextlib.suppress(OSError):  # the other end may have hung up first
                near.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()


def test_a_fetch_goes_on_where_it_was_cut(
    broker: Mosquitto, authority: Authority, ends: Ends, serve: Serve, tmp_path: Path
) -> None:
    bundle, data, sha256 = a_bundle("v1", cards=10_000)
    proxy = CuttingProxy(serve(lambda *_: data).port, cut_after=400_000)
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("resume"), rules_url=f"https://127.0.0.1:{proxy.port}")
    terminal.expect(LinkUp)
    desk.send(announce("resume", "v1", sha256=sha256, size=len(data)))
    assert terminal.expect(RulesArrived) == RulesArrived(bundle, data)
    proxy.close()
    assert len(proxy.passed) == 2
    assert proxy.passed[1] < len(data) - 300_000
    assert RulesCache(tmp_path / "rules-resume").newest() == (bundle, data)
    assert [path.name for path in (tmp_path / "rules-resume").iterdir()] == [f"{sha256}.rules"]


def test_bytes_with_another_hash_are_rejected_and_fetched_again(
    broker: Mosquitto, authority: Authority, ends: Ends, serve: Serve
) -> None:
    bundle, data, sha256 = a_bundle("v2", cards=10)
    forged = data.replace(b"Company", b"Companx")
    answers = [forged, forged, data]
    server = serve(lambda *_: answers.pop(0))
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("forged"), rules_url=f"https://localhost:{server.port}")
    terminal.expect(LinkUp)
    desk.send(announce("forged", "v2", sha256=sha256, size=len(data)))
    assert terminal.expect(RulesArrived).bundle == bundle
    assert answers == []


def test_more_than_was_announced_is_not_taken_and_the_next_announcement_counts(
    broker: Mosquitto, authority: Authority, ends: Ends, serve: Serve
) -> None:
    _, long, long_sha256 = a_bundle("v3", cards=2000)
    bundle, data, sha256 = a_bundle("v4")
    asked = threading.Event()

    def rules_bytes(terminal: str, wanted: str) -> bytes:
        asked.set()
        return data if wanted == sha256 else long

    server = serve(rules_bytes)
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("size"), rules_url=f"https://localhost:{server.port}")
    terminal.expect(LinkUp)
    desk.send(announce("size", "v3", sha256=long_sha256, size=1000))
    assert asked.wait(PATIENCE_S)
    desk.send(announce("size", "v4", sha256=sha256, size=len(data)))
    assert terminal.expect(RulesArrived).bundle == bundle


def test_a_cached_bundle_is_not_fetched_again(
    broker: Mosquitto, authority: Authority, ends: Ends, serve: Serve
) -> None:
    bundle, data, sha256 = a_bundle("v5")
    asked: list[str] = []

    def rules_bytes(terminal: str, wanted: str) -> bytes:
        asked.append(wanted)
        return data

    server = serve(rules_bytes)
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    credentials = authority.issue_client("cached")
    for _ in range(2):
        terminal = ends.terminal(broker, credentials, rules_url=f"https://127.0.0.1:{server.port}")
        terminal.expect(LinkUp)
        desk.send(announce("cached", "v5", sha256=sha256, size=len(data)))
        assert terminal.expect(RulesArrived).bundle == bundle
        terminal.link.stop()
    assert asked == [sha256]


def test_an_announcement_that_leads_out_of_the_cache_is_hostile(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("escape"), rules_url="https://127.0.0.1:1")
    terminal.expect(LinkUp)
    _, _, sha256 = a_bundle("v6")
    desk.send(
        announce("escape", "v6", sha256="../../etc/passwd", size=1),
        announce("escape", "v6", sha256=sha256, size=1 << 40),
        Outgoing("escape", "down/ack", seal_down(ack("escape"), CENTRAL_KEY)),
    )
    terminal.expect(Ack)
    assert terminal.link.hostile == 2


def test_only_the_terminal_itself_gets_its_bundle(authority: Authority, serve: Serve) -> None:
    _, data, sha256 = a_bundle("v7")
    server = serve(lambda terminal, wanted: data if wanted == sha256 else None)
    mine, other = authority.issue_client("mine"), authority.issue_client("other")
    path = f"/rules/mine/{sha256}"
    assert get(server.port, path, mine) == (200, data)
    assert get(server.port, path, mine, Range="bytes=5-9") == (206, data[5:10])
    assert get(server.port, path, mine, Range=f"bytes={len(data)}-")[0] == 416
    assert get(server.port, path, other) == (403, b"")
    assert get(server.port, f"/rules/mine/{'0' * 64}", mine)[0] == 404
    assert get(server.port, "/rules/mine/../../etc/passwd", mine)[0] == 404


def test_strangers_and_the_revoked_get_no_connection(tmp_path: Path) -> None:
    own = Authority.create(tmp_path / "own")
    foreign = Authority.create(tmp_path / "foreign").issue_client("mine")
    _, data, sha256 = a_bundle("v8")
    mine = own.issue_client("mine")
    server = listener(own, lambda *_: data)
    try:
        assert get(server.port, f"/rules/mine/{sha256}", mine)[0] == 200
        stranger = Credentials("mine", own.ca_file, foreign.certificate_file, foreign.key_file)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            get(server.port, f"/rules/mine/{sha256}", stranger)
        own.revoke("mine")
        server.reload()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            get(server.port, f"/rules/mine/{sha256}", mine)
    finally:
        server.stop()

"""A real broker with its authority, both ends of the link, and a client that keeps to no rules."""

from __future__ import annotations

import json
import queue
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from backend_bridge.broker.process import Mosquitto
from backend_bridge.link.central_end import CentralLink
from backend_bridge.link.outgoing import Incoming, Outgoing
from backend_bridge.link.settings import CENTRAL, LinkSettings
from backend_bridge.link.terminal_end import MqttTerminalLink
from backend_bridge.pki.authority import Authority, Credentials
from loyalty.signing import SigningKey
from loyalty.wire.link import LinkEvent
from loyalty.wire.messages import Ack
from tests.patience import PATIENCE_S

TIMEOUT_S = PATIENCE_S
CENTRAL_KEY = SigningKey(bytes(range(32)))
STRANGER_KEY = SigningKey(bytes(range(1, 33)))
Event = TypeVar("Event")
Message = tuple[str, str, bytes]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One authority for all tests; each test uses terminal names of its own."""
    return Authority.create(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def broker(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """One broker for all tests that leave it as it is."""
    yield from _running(Mosquitto(tmp_path_factory.mktemp("broker"), authority=authority))


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[tuple[Mosquitto, Authority]]:
    """A broker and an authority that a test may kill and change. It forgets nothing that it confirmed."""
    authority = Authority.create(tmp_path / "pki")
    for broker in _running(Mosquitto(tmp_path / "broker", authority=authority, save_after_changes=1)):
        yield broker, authority


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    """Makes both ends of the link, and stops them after the test."""
    made = Ends(tmp_path)
    yield made
    made.stop()


def _running(broker: Mosquitto) -> Iterator[Mosquitto]:
    broker.start()
    yield broker
    broker.stop()


def settings_for(broker: Mosquitto, credentials: Credentials, *, rules_url: str = "") -> LinkSettings:
    """How one certificate's owner reaches the broker."""
    return LinkSettings(
        host="127.0.0.1",
        port=broker.port,
        name=credentials.name,
        ca_file=credentials.ca_file,
        certificate_file=credentials.certificate_file,
        key_file=credentials.key_file,
        rules_url=rules_url,
    )


def ack(terminal: str, seq: int = 0) -> Ack:
    """Some message down; `seq` tells it from others."""
    return Ack(terminal=terminal, epoch=1, seq=seq, head=b"\x01" * 32, central_ms=1)


class Terminal:
    """A terminal's end with everything that it emitted."""

    def __init__(self, link: MqttTerminalLink) -> None:
        self.link = link
        self.events: queue.Queue[LinkEvent] = queue.Queue()
        self.seen: list[LinkEvent] = []

    def start(self) -> None:
        self.link.start(self.events.put)

    def expect(self, kind: type[Event]) -> Event:
        """The next event, which must be of this kind."""
        event = self.events.get(timeout=TIMEOUT_S)
        self.seen.append(event)
        assert isinstance(event, kind), event
        return event


class FakeDesk:
    """A desk that remembers what it was given, answers as it was told, and fails as often as wanted."""

    def __init__(self) -> None:
        self.handled: queue.Queue[Message] = queue.Queue()
        self.answer: Callable[[str, str, bytes], list[Outgoing]] = lambda *_: []
        self.fails: Callable[[str, str, bytes], bool] = lambda *_: False
        self._due: list[Outgoing] = []
        self._lock = threading.Lock()

    def handle_together(self, messages: Sequence[Incoming], *, now_ms: int) -> list[Outgoing]:
        told = [(one.terminal, one.channel, one.payload) for one in messages]
        if any(self.fails(*one) for one in told):
            raise RuntimeError("the database is away")
        outgoing: list[Outgoing] = []
        for one in told:
            outgoing += self.answer(*one)
            self.handled.put(one)
        return outgoing

    def due(self, *, now_ms: int) -> list[Outgoing]:
        with self._lock:
            due, self._due = self._due, []
            return due

    def send(self, *outgoing: Outgoing) -> None:
        with self._lock:
            self._due.extend(outgoing)

    def expect(self, terminal: str, channel: str) -> bytes:
        """The payload of the next message of this terminal on this channel; others are passed over."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            found = self.handled.get(timeout=max(0.0, deadline - time.monotonic()))
            if found[:2] == (terminal, channel):
                return found[2]

    def expect_state(self, terminal: str, *, online: bool) -> dict[str, Any]:
        """The next state that says so; the broker may repeat one that it kept."""
        while True:
            state: dict[str, Any] = json.loads(self.expect(terminal, "state"))
            if state["online"] is online:
                return state


class Ends:
    """Terminals and central systems of one test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stops: list[Callable[[], None]] = []

    def terminal(self, broker: Mosquitto, credentials: Credentials, *, rules_url: str = "", **more: Any) -> Terminal:
        link = MqttTerminalLink(
            settings_for(broker, credentials, rules_url=rules_url),
            central_public=CENTRAL_KEY.public,
            cache_directory=self._directory / f"rules-{credentials.name}",
            boot="boot-1",
            software="1.0",
            chance=lambda: 1.0,
            **more,
        )
        terminal = Terminal(link)
        terminal.start()
        self._stops.append(link.stop)
        return terminal

    def central(self, broker: Mosquitto, authority: Authority, desk: FakeDesk, **more: Any) -> CentralLink:
        settings = settings_for(broker, authority.issue_client(CENTRAL))
        link = CentralLink(settings, desk=desk, clock=lambda: 1, chance=lambda: 1.0, **more)
        link.start()
        self._stops.append(link.stop)
        assert link.wait_until_up(TIMEOUT_S)
        return link

    def raw(self, broker: Mosquitto, credentials: Credentials | None, **more: Any) -> RawClient:
        client = RawClient(broker, credentials, **more)
        self._stops.append(client.stop)
        return client

    def stop(self) -> None:
        for stop in reversed(self._stops):
            stop()


class RawClient:
    """An MQTT client with any certificate and any client id, as an attacker would have it."""

    def __init__(
        self,
        broker: Mosquitto,
        credentials: Credentials | None,
        *,
        ca_file: Path | None = None,
        client_id: str | None = None,
    ) -> None:
        name = credentials.name if credentials else "nobody"
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or name,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        trusted = ca_file or (credentials.ca_file if credentials else None)
        context = ssl.create_default_context(cafile=str(trusted))
        if credentials:
            context.load_cert_chain(credentials.certificate_file, credentials.key_file)
        self.client.tls_set_context(context)
        self.client.connect_timeout = TIMEOUT_S
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[Any] = queue.Queue()
        self.closed = threading.Event()
        self.client.on_connect = lambda c, u, flags, code, p: self._answers.put(code)
        self.client.on_subscribe = lambda c, u, mid, codes, p: self._answers.put(codes)
        self.client.on_publish = lambda c, u, mid, code, p: self._answers.put(code)
        self.client.on_message = lambda c, u, message: self.messages.put((message.topic, bytes(message.payload)))
        self.client.on_disconnect = lambda c, u, flags, code, p: self.closed.set()
        self._port = broker.port

    def connect(self) -> bool:
        """Whether the broker lets it in."""
        try:
            self.client.connect("127.0.0.1", self._port)
        except OSError:
            return False
        self.client.loop_start()
        while not self.closed.is_set():
            try:
                return not self._answers.get(timeout=0.05).is_failure
            except queue.Empty:
                continue
        return False

    def subscribe(self, *scopes: str) -> None:
        """Asks for all of it; what comes is decided by the broker."""
        self.client.subscribe([(scope, 1) for scope in scopes])
        self._answers.get(timeout=TIMEOUT_S)

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> bool:
        """Whether the broker allows it."""
        self.client.publish(topic, payload, qos=1, retain=retain)
        return not self._answers.get(timeout=TIMEOUT_S).is_failure

    def expect(self) -> tuple[str, bytes]:
        """The next message."""
        return self.messages.get(timeout=TIMEOUT_S)

    def drop(self) -> None:
        """End without saying so, as a power cut does."""
        if (plain := self.client.socket()) is not None:
            plain.close()

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

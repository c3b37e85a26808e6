"""Both ends of the link over a real broker: they talk, lose each other, and come back."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from backend_bridge.broker.process import Mosquitto
from backend_bridge.link.attempt import Attempt
from backend_bridge.link.central_end import CentralLink
from backend_bridge.link.errors import LinkMisused, LinkSettingsError
from backend_bridge.link.outgoing import Outgoing
from backend_bridge.link.terms import Terms
from backend_bridge.pki.authority import Authority, Credentials
from loyalty.errors import WireError
from loyalty.wire.codec import seal_down
from loyalty.wire.link import LinkDown, LinkUp
from loyalty.wire.messages import Ack, Answer, DownMessage, Grant, Refused
from loyalty.wire.topics import topic
from tests.integration.broker_fixtures import (
    CENTRAL_KEY,
    STRANGER_KEY,
    TIMEOUT_S,
    Ends,
    FakeDesk,
    Terminal,
    ack,
    settings_for,
)
from tests.patience import Stopwatch

Own = tuple[Mosquitto, Authority]


def down(message: DownMessage, terminal: str, channel: str = "down/ack", *, retain: bool = False) -> Outgoing:
    return Outgoing(terminal, channel, seal_down(message, CENTRAL_KEY), retain)


def send(terminal: Terminal, payload: bytes, channel: str = "up/journal") -> None:
    """Send as soon as the link takes it, as an outbox does."""
    deadline = time.monotonic() + TIMEOUT_S
    while not terminal.link.send(channel, payload):
        assert time.monotonic() < deadline, "the link takes nothing"
        threading.Event().wait(0.005)


def test_an_entry_goes_up_and_its_acknowledgement_comes_down(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    desk = FakeDesk()
    desk.answer = lambda terminal, channel, _: [down(ack(terminal), terminal)] if channel == "up/journal" else []
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("talk"))
    terminal.expect(LinkUp)
    send(terminal, b"entries")
    assert desk.expect("talk", "up/journal") == b"entries"
    assert terminal.expect(Ack) == ack("talk")


def test_coming_and_going_shows_in_the_retained_state(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    terminal = ends.terminal(broker, authority.issue_client("state"))
    terminal.expect(LinkUp)
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    online = {"v": 1, "online": True, "boot": "boot-1", "software": "1.0"}
    assert desk.expect_state("state", online=True) == online
    with Stopwatch() as watch:
        terminal.link.stop()
    assert watch.seconds < 2
    assert desk.expect_state("state", online=False) == {**online, "online": False}
    assert terminal.events.empty()


KILLED = """
import sys, threading
from pathlib import Path
from backend_bridge.link.settings import LinkSettings
from backend_bridge.link.terminal_end import MqttTerminalLink
port, name, ca, certificate, key, cache = sys.argv[1:]
settings = LinkSettings("127.0.0.1", int(port), name, Path(ca), Path(certificate), Path(key))
link = MqttTerminalLink(settings, central_public=bytes(32), cache_directory=Path(cache), boot="b", software="1")
link.start(print)
threading.Event().wait()
"""


def test_the_last_will_shows_a_killed_terminal_as_offline(
    broker: Mosquitto, authority: Authority, ends: Ends, tmp_path: Path
) -> None:
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    files = authority.issue_client("killed")
    arguments = [broker.port, "killed", files.ca_file, files.certificate_file, files.key_file, tmp_path]
    victim = subprocess.Popen([sys.executable, "-c", KILLED, *map(str, arguments)])
    try:
        desk.expect_state("killed", online=True)
    finally:
        victim.kill()
        victim.wait()
    desk.expect_state("killed", online=False)


def test_a_killed_broker_costs_one_linkdown_and_one_linkup(own_broker: Own, ends: Ends) -> None:
    broker, authority = own_broker
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("t1"))
    terminal.expect(LinkUp)
    send(terminal, b"before")
    desk.expect("t1", "up/journal")
    broker.kill()
    terminal.expect(LinkDown)
    assert not terminal.link.send("up/journal", b"nobody is there")
    broker.start()
    terminal.expect(LinkUp)
    send(terminal, b"after")
    # Delivery is at least once: a broker that dies before it knows of an acknowledgement lets the message come again.
    assert set(iter(lambda: desk.expect("t1", "up/journal"), b"after")) <= {b"before"}
    desk.send(down(ack("t1", 5), "t1"))
    assert terminal.expect(Ack).seq == 5
    assert [type(event) for event in terminal.seen] == [LinkUp, LinkDown, LinkUp, Ack]


def test_without_a_broker_the_link_starts_says_no_and_stops_in_time(tmp_path: Path, ends: Ends) -> None:
    authority = Authority.create(tmp_path / "pki")
    broker = Mosquitto(tmp_path / "broker", authority=authority, port=1)
    terminal = ends.terminal(broker, authority.issue_client("alone"))
    assert not terminal.link.send("up/ask", b"x")
    with Stopwatch() as watch:
        terminal.link.stop()
    assert watch.seconds < 2
    assert terminal.events.empty()


def test_hostile_messages_are_dropped_and_the_genuine_one_after_them_arrives(
    broker: Mosquitto, authority: Authority, ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("hostile"))
    terminal.expect(LinkUp)
    secret = b"never in a log"
    refused = Answer(request="r", central_ms=1, result=Refused(reason="late"))
    hostile = [
        Outgoing("hostile", "down/ack", secret),
        Outgoing("hostile", "down/ack", seal_down(ack("hostile"), STRANGER_KEY)),
        down(ack("another"), "hostile"),
        down(ack("hostile"), "hostile", "down/grant"),
        down(
            Grant(grant="g", request="r", terminal="another", epoch=1, member="m", central_ms=1),
            "hostile",
            "down/grant",
        ),
        Outgoing("hostile", "down/rules", b"", retain=False),
    ]
    desk.send(*hostile, down(refused, "hostile", "down/answer"))
    assert terminal.expect(Answer) == refused
    assert terminal.link.hostile == len(hostile)
    assert secret.decode() not in caplog.text


def test_what_was_sent_during_a_short_absence_arrives(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    credentials = authority.issue_client("away")
    first = ends.terminal(broker, credentials)
    first.expect(LinkUp)
    first.link.stop()
    desk.send(*(down(ack("away", seq), "away") for seq in range(3)))
    probe = ends.terminal(broker, authority.issue_client("present"))
    probe.expect(LinkUp)
    desk.send(down(ack("present"), "present"))
    probe.expect(Ack)  # so the broker has the three before it
    again = ends.terminal(broker, credentials)
    again.expect(LinkUp)
    assert [again.expect(Ack).seq for _ in range(3)] == [0, 1, 2]


def test_a_listener_that_fails_does_not_end_the_link(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    fleet: list[tuple[str, bytes]] = []

    def failing(channel: str, payload: bytes) -> None:
        fleet.append((channel, payload))
        raise RuntimeError("our mistake")

    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("fleet"), on_fleet=failing)
    terminal.expect(LinkUp)
    desk.send(Outgoing("fleet", "desired", b"{}", retain=True), down(ack("fleet"), "fleet"))
    terminal.expect(Ack)
    assert fleet == [("desired", b"{}")]


def test_a_desk_that_fails_gets_the_message_again_and_in_order(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    desk = FakeDesk()
    failures = [True, True, True]
    desk.fails = lambda terminal, *_: terminal == "retry" and bool(failures) and failures.pop()
    central = ends.central(broker, authority, desk, retry_delays_s=(0.01,) * 9)
    client = ends.raw(broker, authority.issue_client("retry"))
    assert client.connect()
    for number in range(3):
        assert client.publish(topic("retry", "up/journal"), b"%d" % number)
    assert [desk.expect("retry", "up/journal") for _ in range(3)] == [b"0", b"1", b"2"]
    assert central.counts.failed + central.counts.parted == 3
    assert central.counts.skipped == 0


def test_a_message_that_the_desk_never_takes_is_skipped_and_counted(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    desk = FakeDesk()
    desk.fails = lambda terminal, *_: terminal == "poison"
    central = ends.central(broker, authority, desk, retry_delays_s=(0.01, 0.01))
    poison = ends.raw(broker, authority.issue_client("poison"))
    healthy = ends.raw(broker, authority.issue_client("healthy"))
    assert poison.connect()
    assert healthy.connect()
    for _ in range(2):
        poison.publish(topic("poison", "up/journal"))
        healthy.publish(topic("healthy", "up/journal"), b"ok")
        assert desk.expect("healthy", "up/journal") == b"ok"
    assert central.counts.skipped == 2
    assert central.counts.failed == 3 + 1  # the second time, one try is enough


def test_what_the_desk_has_not_taken_stays_at_the_broker(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    failing, tried = FakeDesk(), threading.Event()

    def fails(terminal: str, channel: str, payload: bytes) -> bool:
        if terminal == "kept":
            tried.set()
        return terminal == "kept"

    failing.fails = fails
    first = ends.central(broker, authority, failing, retry_delays_s=(30.0,))
    client = ends.raw(broker, authority.issue_client("kept"))
    assert client.connect()
    client.publish(topic("kept", "up/journal"), b"value")
    assert tried.wait(TIMEOUT_S)
    first.stop()
    second = FakeDesk()
    ends.central(broker, authority, second)
    assert second.expect("kept", "up/journal") == b"value"


def test_a_slow_desk_makes_the_broker_wait_and_loses_nothing(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    desk, released = FakeDesk(), threading.Event()

    def slow(terminal: str, channel: str, payload: bytes) -> list[Outgoing]:
        if terminal == "flood":
            released.wait(TIMEOUT_S)
        return []

    desk.answer = slow
    ends.central(broker, authority, desk)
    client = ends.raw(broker, authority.issue_client("flood"))
    assert client.connect()
    for number in range(400):
        client.publish(topic("flood", "up/journal"), b"%d" % number)
    released.set()
    assert [int(desk.expect("flood", "up/journal")) for _ in range(400)] == list(range(400))


def test_what_is_due_while_the_broker_is_away_is_sent_when_it_is_back(own_broker: Own, ends: Ends) -> None:
    broker, authority = own_broker
    desk = FakeDesk()
    ends.central(broker, authority, desk)
    terminal = ends.terminal(broker, authority.issue_client("t1"))
    terminal.expect(LinkUp)
    desk.expect("t1", "state")
    broker.kill()
    # What the broker had confirmed and not yet kept would be gone with it: what is due is not due before.
    desk.send(*(down(ack("t1", seq), "t1") for seq in range(200)))
    broker.start()
    seen: list[int] = []
    while 199 not in seen:
        event = terminal.events.get(timeout=TIMEOUT_S)
        seen += [event.seq] if isinstance(event, Ack) else []
    assert sorted(set(seen)) == list(range(200))


class Nobody:
    """Owns an attempt and hears nothing of it."""

    stopping = False

    def came_up(self, client: object) -> None:
        raise AssertionError("the broker was trusted")

    def went_down(self, reason: str) -> None:
        raise AssertionError("it never was up")

    def received(self, message: object) -> None:
        raise AssertionError("nothing may be received")

    def published(self, number: int, *, accepted: bool) -> None:
        raise AssertionError("nothing may be published")


def test_a_broker_of_a_foreign_authority_is_not_trusted(own_broker: Own, authority: Authority) -> None:
    foreign, _ = own_broker
    settings = settings_for(foreign, authority.issue_client("careful"))
    attempt = Attempt(settings, terms=Terms(subscriptions=()), owner=Nobody(), generation=1)
    assert "CERTIFICATE_VERIFY_FAILED" in attempt.run()


@pytest.mark.parametrize("channel", ["down/ack", "state", "up/x", "../central/up/ask"])
def test_a_terminal_does_not_send_where_it_may_not(
    broker: Mosquitto, authority: Authority, ends: Ends, channel: str
) -> None:
    terminal = ends.terminal(broker, authority.issue_client("channels"))
    with pytest.raises(WireError):
        terminal.link.send(channel, b"x")


def test_a_message_that_is_too_large_is_our_own_mistake(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    terminal = ends.terminal(broker, authority.issue_client("large"))
    with pytest.raises(WireError, match="at most"):
        terminal.link.send("up/journal", bytes(256 * 1024 + 1))


def test_misuse_is_refused_loudly(broker: Mosquitto, authority: Authority, ends: Ends, tmp_path: Path) -> None:
    with pytest.raises(LinkMisused):
        ends.terminal(broker, authority.issue_client("central"))
    settings = settings_for(broker, authority.issue_client("t1"))
    with pytest.raises(LinkMisused):
        CentralLink(settings, desk=FakeDesk(), clock=lambda: 1)
    absent = Credentials("t1", authority.ca_file, tmp_path / "no.crt", tmp_path / "no.key")
    with pytest.raises(LinkSettingsError):
        ends.terminal(broker, absent)

"""Who gets into the broker, and what each may publish and read there."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from backend_bridge.broker import process
from backend_bridge.broker.configuration import access_list
from backend_bridge.broker.errors import BrokerDidNotStart, BrokerMissing
from backend_bridge.broker.process import Mosquitto
from backend_bridge.link.settings import CENTRAL
from backend_bridge.pki.authority import Authority
from loyalty.wire.codec import MAX_BYTES
from loyalty.wire.topics import DOWN, UP, topic
from tests.integration.broker_fixtures import (
    Ends,
)
from tests.patience import PATIENCE_S

Own = tuple[Mosquitto, Authority]


def test_without_a_certificate_nobody_gets_in(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    assert not ends.raw(broker, None, ca_file=authority.ca_file).connect()


def test_a_certificate_of_a_foreign_authority_does_not_get_in(
    broker: Mosquitto, authority: Authority, ends: Ends, tmp_path: Path
) -> None:
    foreign = Authority.create(tmp_path / "foreign").issue_client("acl-a")
    assert not ends.raw(broker, foreign, ca_file=authority.ca_file).connect()


def test_a_server_certificate_cannot_log_in(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    assert not ends.raw(broker, authority.issue_server()).connect()


def test_another_ones_client_id_gives_neither_its_session_nor_its_rights(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    victim = ends.raw(broker, authority.issue_client("acl-victim"))
    assert victim.connect()
    thief = ends.raw(broker, authority.issue_client("acl-thief"), client_id="acl-victim")
    assert thief.connect()
    assert not thief.publish(topic("acl-victim", "up/ask"))
    assert victim.publish(topic("acl-victim", "up/ask"))
    assert not victim.closed.is_set()


def test_a_terminal_publishes_its_own_topics_and_nothing_else(
    broker: Mosquitto, authority: Authority, ends: Ends
) -> None:
    client = ends.raw(broker, authority.issue_client("acl-a"))
    assert client.connect()
    assert all(client.publish(topic("acl-a", channel)) for channel in UP)
    forbidden = [topic("acl-a", channel) for channel in DOWN]
    forbidden += [topic("acl-b", channel) for channel in (*UP, *DOWN)]
    forbidden += ["tapbon/1/acl-a/up/x", "tapbon/1/acl-a/up", "tapbon/2/acl-a/up/ask", "x", "tapbon/1/central/up/ask"]
    assert not any(client.publish(full) for full in forbidden)


def test_a_terminal_reads_nothing_of_another(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    central = ends.raw(broker, authority.issue_client(CENTRAL))
    curious = ends.raw(broker, authority.issue_client("acl-curious"))
    assert central.connect()
    assert curious.connect()
    curious.subscribe("#", "tapbon/1/+/down/#", "tapbon/1/acl-other/down/grant", "tapbon/1/acl-other/state", "$SYS/#")
    other = ends.raw(broker, authority.issue_client("acl-other"))
    assert other.connect()
    assert other.publish(topic("acl-other", "state"))
    assert other.publish(topic("acl-other", "up/journal"))
    assert all(central.publish(topic("acl-other", channel)) for channel in DOWN)
    assert central.publish(topic("acl-curious", "down/ack"), b"the last")
    assert curious.expect() == (topic("acl-curious", "down/ack"), b"the last")


def test_the_central_system_reads_up_and_writes_down_only(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    central = ends.raw(broker, authority.issue_client(CENTRAL))
    terminal = ends.raw(broker, authority.issue_client("acl-c"))
    assert central.connect()
    assert terminal.connect()
    central.subscribe("tapbon/1/acl-c/#")
    for channel in UP:
        assert terminal.publish(topic("acl-c", channel), channel.encode())
        assert central.expect() == (topic("acl-c", channel), channel.encode())
        assert not central.publish(topic("acl-c", channel))


def test_a_message_beyond_the_size_limit_is_refused(broker: Mosquitto, authority: Authority, ends: Ends) -> None:
    client = ends.raw(broker, authority.issue_client("acl-large"))
    assert client.connect()
    assert client.publish(topic("acl-large", "up/journal"), b"x" * MAX_BYTES)
    client.client.publish(topic("acl-large", "up/journal"), b"x" * (MAX_BYTES + 4096), qos=1)
    assert client.closed.wait(PATIENCE_S)


def test_a_revoked_certificate_is_refused_after_reloading_and_kicked_out_when_asked(
    own_broker: Own, ends: Ends
) -> None:
    broker, authority = own_broker
    credentials = authority.issue_client("stolen")
    thief = ends.raw(broker, credentials)
    assert thief.connect()
    authority.revoke("stolen")
    broker.reload()
    broker.kick("stolen")
    assert thief.closed.wait(PATIENCE_S)
    assert not ends.raw(broker, credentials).connect()
    assert ends.raw(broker, authority.issue_client("honest")).connect()


STARTS_A_BROKER = """
import sys, threading
from pathlib import Path
from backend_bridge.broker.process import Mosquitto
from backend_bridge.pki.authority import Authority
directory = Path(sys.argv[1])
broker = Mosquitto(directory / "broker", authority=Authority.create(directory / "pki"))
broker.start()
print(broker.pid, flush=True)
threading.Event().wait()
"""


def test_the_broker_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", STARTS_A_BROKER, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    descriptor = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    ended, _, _ = select.select([descriptor], [], [], PATIENCE_S)
    os.close(descriptor)
    assert ended


def test_the_access_list_names_every_channel_once() -> None:
    lines = access_list().splitlines()
    assert len(set(lines)) == len(lines)
    for channel in (*UP, *DOWN):
        assert sum(line.endswith(f"/%u/{channel}") for line in lines) == 1


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(process, "SEARCH_BEYOND_PATH", ())
    with pytest.raises(BrokerMissing, match="apt install mosquitto"):
        Mosquitto(tmp_path, authority=Authority.create(tmp_path / "pki")).start()


def test_a_port_that_is_taken_is_said_with_the_brokers_words(broker: Mosquitto, tmp_path: Path) -> None:
    second = Mosquitto(tmp_path / "second", authority=Authority.create(tmp_path / "pki"), port=broker.port)
    with pytest.raises(BrokerDidNotStart, match="in use"):
        second.start()
    assert not second.running

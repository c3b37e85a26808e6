"""A port that is chosen now and used later is still free then."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend_bridge.broker.process import free_port

GIVEN_AWAY = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_no_connection_gets_a_port_that_was_chosen_by_chance() -> None:
    """The system gives connections ports of a range of its own: a broker that starts anew needs its old port."""
    first, last = map(int, GIVEN_AWAY.read_text().split())
    if first < 20_000:
        pytest.skip("this system gives away almost all ports")

    ports = {free_port() for _ in range(100)}
    assert len(ports) > 90
    assert not [port for port in ports if first <= port <= last]

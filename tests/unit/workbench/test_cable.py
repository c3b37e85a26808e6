"""The network cable, with real sockets on both of its ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from hw_sim.network import Cable
from tests.patience import PATIENCE_S

SILENCE_S = 0.15


@pytest.fixture
def cable() -> Iterator[Cable]:
    cable = Cable()
    yield cable
    cable.close()


class Peer:
    """A broker's stand-in: a listening socket, and the connections that reach it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._listener.settimeout(PATIENCE_S)
        self.port: int = self._listener.getsockname()[1]

    def accept(self) -> socket.socket:
        connection, _ = self._listener.accept()
        connection.settimeout(PATIENCE_S)
        return self._stack.enter_context(connection)

    def hears_of_nobody(self) -> bool:
        self._listener.settimeout(SILENCE_S)
        try:
            self._listener.accept()[0].close()
        except TimeoutError:
            return True
        finally:
            self._listener.settimeout(PATIENCE_S)
        return False


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def peer(stack: ExitStack) -> Peer:
    return Peer(stack)


def dial(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S))


def receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


def is_silent(connection: socket.socket) -> bool:
    connection.settimeout(SILENCE_S)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(PATIENCE_S)
    return False


def test_bytes_pass_both_ways_and_the_end_of_each_way_too(cable: Cable, peer: Peer, stack: ExitStack) -> None:
    near = dial(stack, cable.forward(peer.port))
    far = peer.accept()
    near.sendall(b"up")
    assert receive(far, 2) == b"up"
    near.shutdown(socket.SHUT_WR)
    assert far.recv(1) == b""
    far.sendall(b"still down")
    assert receive(near, 10) == b"still down"
    far.close()
    assert near.recv(1) == b""


def test_a_megabyte_passes_whole_through_a_slow_cable(peer: Peer, stack: ExitStack) -> None:
    cable = Cable(latency_s=0.001)
    stack.callback(cable.close)
    near = dial(stack, cable.forward(peer.port))
    far = peer.accept()
    sent = bytes(range(256)) * 4096
    received = bytearray()
    near.setblocking(False)
    position = 0
    while len(received) < len(sent):
        if position < len(sent):
            with suppress(BlockingIOError):
                position += near.send(sent[position:])
        received += far.recv(65536)
    assert received == sent


def test_a_pulled_cable_cuts_and_refuses_until_it_is_plugged_in(cable: Cable, peer: Peer, stack: ExitStack) -> None:
    port = cable.forward(peer.port)
    near = dial(stack, port)
    far = peer.accept()
    cable.pull()
    assert not cable.up
    assert cable.connections == 0
    for end in (near, far):
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    with pytest.raises(ConnectionRefusedError):
        dial(stack, port)
    cable.plug()
    again = dial(stack, port)
    again.sendall(b"back")
    assert receive(peer.accept(), 4) == b"back"


def test_nobody_else_gets_the_port_while_the_cable_is_out(cable: Cable, peer: Peer) -> None:
    port = cable.forward(peer.port)
    cable.pull()
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", port))


def test_a_silent_cable_tells_nobody_and_delivers_later(cable: Cable, peer: Peer, stack: ExitStack) -> None:
    near = dial(stack, cable.forward(peer.port))
    far = peer.accept()
    cable.pull(silently=True)
    assert not cable.up
    near.sendall(b"into the void")
    assert is_silent(far)
    assert is_silent(near)
    cable.plug()
    assert receive(far, 13) == b"into the void"


def test_a_connection_made_in_silence_reaches_nobody(cable: Cable, peer: Peer, stack: ExitStack) -> None:
    port = cable.forward(peer.port)
    cable.pull(silently=True)
    near = dial(stack, port)
    assert peer.hears_of_nobody()
    assert is_silent(near)
    cable.pull()
    with pytest.raises(ConnectionResetError):
        near.recv(1)


def test_a_peer_that_hangs_up_in_silence_is_noticed_only_later(cable: Cable, peer: Peer, stack: ExitStack) -> None:
    near = dial(stack, cable.forward(peer.port))
    far = peer.accept()
    cable.pull(silently=True)
    far.close()
    assert is_silent(near)
    cable.plug()
    assert near.recv(1) == b""


def test_nobody_behind_the_cable_is_a_reset(cable: Cable, stack: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        target: int = gone.getsockname()[1]
    port = cable.forward(target)
    with pytest.raises(ConnectionResetError):
        dial(stack, port).recv(1)


def test_a_forwarder_added_to_a_pulled_cable_refuses(cable: Cable, peer: Peer, stack: ExitStack) -> None:
    cable.pull()
    port = cable.forward(peer.port)
    with pytest.raises(ConnectionRefusedError):
        dial(stack, port)
    cable.plug()
    dial(stack, port)
    peer.accept()


def test_a_closed_cable_stays_closed(peer: Peer, stack: ExitStack) -> None:
    cable = Cable()
    port = cable.forward(peer.port)
    cable.close()
    cable.close()
    with pytest.raises(ConnectionRefusedError):
        dial(stack, port)
    with pytest.raises(RuntimeError):
        cable.plug()
    with socket.socket() as next_owner:
        next_owner.bind(("127.0.0.1", port))

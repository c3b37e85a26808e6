"""A network cable that can be pulled: TCP forwarders on loopback, between a terminal and its peers.

Decides what a peer notices when the cable is out: a cut connection and a refused one (pulled), or
nothing at all (pulled silently, as by a switch that lost its power). Looks into no byte that passes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_CHUNK = 64 * 1024
_CALL_TIMEOUT_S = 60.0
# Closing with this option sends a reset: the peer notices at once, and no buffered byte gets through.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_NORMAL_CLOSE = struct.pack("ii", 0, 0)


class Cable:
    """All forwarders of one terminal; plugged in from the start. Every method is thread-safe.

    Pulled silently, a new connection is still taken by the operating system and then hears nothing:
    from where we sit a SYN cannot be made to vanish. Bytes that were on their way are kept and
    delivered after `plug`, as TCP would send them again.
    """

    def __init__(self, *, latency_s: float = 0.0) -> None:
        self._latency_s = latency_s
        self._forwards: list[_Forward] = []
        self._pulled = False
        self._silent = False
        self._loop = asyncio.new_event_loop()
        self._carries = asyncio.Event()
        self._carries.set()
        self._changing = asyncio.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="cable", daemon=True)
        self._thread.start()

    @property
    def up(self) -> bool:
        """Whether bytes get through."""
        return not (self._pulled or self._silent or self._closed)

    @property
    def connections(self) -> int:
        """How many connections hang on the cable now."""
        return sum(len(forward.connections) for forward in list(self._forwards))

    def forward(self, target_port: int) -> int:
        """Lead a new loopback port to `target_port`; the port, which stays until `close`."""
        return self._call(self._add(target_port))

    def pull(self, *, silently: bool = False) -> None:
        """Pull it: connections are reset and new ones refused; `silently`, nobody is told anything."""
        self._call(self._pull(silently))

    def plug(self) -> None:
        """Plug it in again. What was cut stays cut; what only fell silent goes on."""
        self._call(self._plug())

    def close(self) -> None:
        """Pull it for good and free the ports. May be called twice."""
        if self._closed:
            return
        self._call(self._shut())
        self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._closed:
            work.close()
            raise RuntimeError("the cable was thrown away")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_TIMEOUT_S)

    async def _add(self, target_port: int) -> int:
        async with self._changing:
            forward = _Forward(target_port, carries=self._carries, latency_s=self._latency_s)
            self._forwards.append(forward)
            if not self._pulled:
                await forward.open()
            return forward.port

    async def _pull(self, silently: bool) -> None:
        async with self._changing:
            if silently:
                self._silent = True
                self._carries.clear()
                return
            self._pulled = True
            for forward in self._forwards:
                await forward.cut()

    async def _plug(self) -> None:
        async with self._changing:
            for forward in self._forwards:
                await forward.open()
            self._pulled = self._silent = False
            self._carries.set()

    async def _shut(self) -> None:
        async with self._changing:
            for forward in self._forwards:
                await forward.cut()
                forward.holder.close()


class _Forward:
    """One port and where it leads."""

    def __init__(self, target_port: int, *, carries: asyncio.Event, latency_s: float) -> None:
        self._target_port = target_port
        self._carries = carries
        self._latency_s = latency_s
        self._server: asyncio.Server | None = None
        self.connections: set[asyncio.Task[None]] = set()
        # Bound and never listening: it refuses, and nobody else gets the port while the cable is out.
        self.holder = _bound(0)
        self.port: int = self.holder.getsockname()[1]

    async def open(self) -> None:
        """Accept connections, if not already."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self.port))

    async def cut(self) -> None:
        """Refuse new connections and reset those that there are; returns when all are gone."""
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = list(self.connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Not a coroutine, so that no connection exists that `cut` does not know of.
        task = asyncio.get_running_loop().create_task(self._connect_through(reader, writer))
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)

    async def _connect_through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        whole = False
        try:
            await self._carries.wait()
            far_reader, far_writer = await _dialled(self._target_port)
            ends.append(far_writer)
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._carry(reader, far_writer))
                both_ways.create_task(self._carry(far_reader, writer))
            whole = True
        except* (OSError, EOFError):
            pass  # one end broke, or nobody listens behind the cable: the other end is told by a reset
        finally:
            for end in ends:
                _end(end, politely=whole)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            if self._latency_s:
                await asyncio.sleep(self._latency_s)
            await self._carries.wait()
            writer.write(data)
            await writer.drain()
        await self._carries.wait()
        writer.write_eof()


def _bound(port: int) -> socket.socket:
    bound = _tcp_socket()
    try:
        # The holder and the listener share the port; only the listener ever listens.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _tcp_socket() -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named, and it costs 40 ms a message.
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


async def _dialled(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    end = _tcp_socket()
    try:
        end.setblocking(False)
        # From the start, since the cable may be pulled while the connection is being made.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", port))
        return await asyncio.open_connection(sock=end)
    except BaseException:
        end.close()
        raise


def _end(writer: asyncio.StreamWriter, *, politely: bool) -> None:
    end: socket.socket | None = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if end is not None:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NORMAL_CLOSE if politely else _RESET_ON_CLOSE)
    if politely:
        writer.close()
    else:
        writer.transport.abort()

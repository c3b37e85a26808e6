"""The mirror: lets remote help and assistive tools see the screen and touch it, on this machine only.

Off unless configured. A Unix-domain socket that only its owner may open; each line is a request as
JSON, each answer a line. The screen belongs to the main thread: requests are handed to it, and it
answers them with `answer`. What a client sends is never trusted, and never stops the terminal.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import stat
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from kiosk_ui.errors import KioskError, MirrorError
from kiosk_ui.window import KioskWindow

#: No request is longer.
LONGEST_REQUEST = 4096
#: How long the main loop may take to answer, and a client to take its answer, in seconds.
PATIENCE_S = 5.0
#: How long a client may be silent, in seconds; then its place is another's.
IDLE_S = 60.0
MOST_CLIENTS = 16

Submit = Callable[[dict[str, Any]], "Future[dict[str, Any]]"]


def answer(request: dict[str, Any], window: KioskWindow) -> dict[str, Any]:
    """Carries out one request, in the main thread. A request that makes no sense is told so."""
    op = request.get("op")
    try:
        if op == "state":
            return window.tree()
        if op == "screen":
            return {"png": base64.b64encode(window.png()).decode()}
        if op == "touch":
            return _touch(request, window)
    except KioskError as error:
        return {"error": str(error)}
    return {"error": "unknown op: state, screen and touch are known"}


def _touch(request: dict[str, Any], window: KioskWindow) -> dict[str, Any]:
    x, y = request.get("x"), request.get("y")
    whole = (int, float)
    # A bool is an int to Python, and not a number is not equal to itself.
    if not isinstance(x, whole) or not isinstance(y, whole) or isinstance(x, bool) or isinstance(y, bool):
        return {"error": "x and y must be numbers"}
    w, h = window.size
    if not (0 <= x < w and 0 <= y < h):
        return {"error": f"x and y must be on the screen, which is {w} by {h}"}
    window.inject_touch(int(x), int(y))
    return {"ok": True}


class Mirror:
    """The socket, served by one thread. Use as a context manager, or call `start` and `stop`."""

    def __init__(self, path: Path, submit: Submit, *, patience_s: float = PATIENCE_S) -> None:
        self._path = path
        self._submit = submit
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self._socket: socket.socket | None = None
        self._stopping = asyncio.Event()
        self._places = asyncio.Semaphore(MOST_CLIENTS)
        self._patience_s = patience_s

    def __enter__(self) -> Mirror:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begins to listen. Raises `MirrorError` where the path cannot be used."""
        self._socket = listening(self._path)
        self._thread.start()

    def stop(self) -> None:
        """Ends, drops every client, and removes the socket."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
        elif not self._loop.is_closed():
            self._loop.close()
        if self._socket is not None:
            self._path.unlink(missing_ok=True)
            self._socket = None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_unix_server(self._client, sock=self._socket, limit=LONGEST_REQUEST)
        await self._stopping.wait()
        server.close()
        clients = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in clients:
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that went, or is too slow, has only itself to blame.
        with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
            try:
                await asyncio.wait_for(self._places.acquire(), self._patience_s)
            except TimeoutError:
                await self._send(writer, {"error": "too many clients"})
            else:
                try:
                    await self._converse(reader, writer)
                finally:
                    self._places.release()
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await asyncio.wait_for(reader.readline(), IDLE_S)
            except ValueError:
                # Longer than any request: where the next one begins can no longer be known.
                await self._send(writer, {"error": f"a request has at most {LONGEST_REQUEST} bytes"})
                return
            if not line.endswith(b"\n"):
                return
            await self._send(writer, await self._answered(line))

    async def _answered(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"error": "not JSON"}
        if not isinstance(request, dict):
            return {"error": "not a JSON object"}
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._submit(request)), self._patience_s)
        except TimeoutError:
            return {"error": "the terminal is busy"}
        except Exception as error:  # noqa: BLE001 - whatever the main loop's trouble is, the client is told
            return {"error": f"the terminal could not answer: {type(error).__name__}"}

    async def _send(self, writer: asyncio.StreamWriter, reply: dict[str, Any]) -> None:
        writer.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        await asyncio.wait_for(writer.drain(), self._patience_s)


def listening(path: Path) -> socket.socket:
    """A listening socket that only its owner may open. A socket that nobody serves any more is replaced."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        # Linux gives the file the mode that the socket has: at no moment may others open it.
        os.fchmod(opened.fileno(), 0o600)
        opened.bind(str(path))
        path.chmod(0o600)
        opened.listen(MOST_CLIENTS)
    except OSError as error:
        opened.close()
        raise MirrorError(f"the mirror cannot listen at {path}: {error}") from error
    return opened


def _clear(path: Path) -> None:
    """Removes a socket that was left behind; anything else at `path` is somebody's, and stays."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(f"{path} exists and is no socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
            else:
                raise FileExistsError("another terminal is using it")

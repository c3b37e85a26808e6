"""The tests' own PostgreSQL server: private, and gone with the tests, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.patience import PATIENCE_S
from tests.postgres_server import PostgresServer

_START = """
import sys, time
from tests.postgres_server import PostgresServer
server = PostgresServer()
server.start()
print(server.folder, flush=True)
time.sleep(600)
"""


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so in the end."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if is_so():
            return True
        time.sleep(0.05)
    return False


def test_a_killed_test_run_leaves_no_server_and_no_files() -> None:
    tests = subprocess.Popen([sys.executable, "-c", _START], stdout=subprocess.PIPE, text=True)
    assert tests.stdout is not None
    folder = Path(tests.stdout.readline().strip())
    server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{server}").exists()

    tests.send_signal(signal.SIGKILL)
    tests.communicate()

    assert eventually(lambda: not folder.exists() and not Path(f"/proc/{server}").exists())


def test_it_listens_on_no_network_and_its_folder_is_its_users_own(postgres_server: PostgresServer) -> None:
    with postgres_server.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    status = postgres_server.folder.stat()
    assert status.st_mode & 0o777 == 0o700
    assert status.st_uid == (postgres_server.folder / "data").stat().st_uid
    assert os.geteuid() != 0 or status.st_uid != 0

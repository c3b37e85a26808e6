"""The demo's child processes, with programs of the standard library in their place."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw_sim.demo.children import Children
from hw_sim.demo.errors import ProgramFailed
from hw_sim.demo.log_file import LogFile
from tests.patience import PATIENCE_S

A_SERVER = ("http.server", "0", "--bind", "127.0.0.1")


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    children = Children(directory=tmp_path)
    yield children
    children.close()


@pytest.fixture
def log(tmp_path: Path) -> LogFile:
    return LogFile(tmp_path / "child.log")


def ends_within(pid: int, seconds: float) -> bool:
    """Whether a process ends in time; waits for it without looking again and again."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)


def test_a_childs_first_line_is_waited_for_and_kept_in_the_log(children: Children, log: LogFile) -> None:
    child = children.start(*A_SERVER, log=log)
    assert child.first_line(PATIENCE_S).startswith("Serving HTTP on 127.0.0.1")
    assert child.exit_code is None
    child.stop()
    assert child.exit_code == -signal.SIGTERM
    assert log.last(1)[0].startswith("Serving HTTP")


def test_a_child_that_says_nothing_and_ends_is_not_waited_for(children: Children, log: LogFile) -> None:
    child = children.start("json.tool", "/nowhere", log=log)
    assert child.first_line(PATIENCE_S) == ""
    assert child.wait(PATIENCE_S)  # 1 or 2, as this Python likes


def test_a_killed_child_is_gone_when_kill_returns(children: Children, log: LogFile) -> None:
    child = children.start(*A_SERVER, log=log)
    child.first_line(PATIENCE_S)
    child.kill()
    assert child.exit_code == -signal.SIGKILL
    child.kill()


def test_a_command_that_fails_says_its_last_words(children: Children, log: LogFile) -> None:
    with pytest.raises(ProgramFailed, match=r"json\.tool /nowhere` ended with code [12]") as failure:
        children.run("json.tool", "/nowhere", log=log)
    assert "No such file" in str(failure.value)


def test_a_commands_last_line_is_its_answer(children: Children, log: LogFile) -> None:
    assert children.run("this", log=log).startswith("Namespaces are one honking great idea")


def test_a_child_does_not_end_with_the_thread_that_asked_for_it(children: Children, log: LogFile) -> None:
    started = []
    asking = threading.Thread(target=lambda: started.append(children.start(*A_SERVER, log=log)))
    asking.start()
    asking.join()
    started[0].first_line(PATIENCE_S)
    assert not ends_within(started[0].pid, 0.2)
    started[0].kill()


def test_no_secret_of_ours_reaches_a_child(children: Children, log: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    child = children.start(*A_SERVER, log=log)
    child.first_line(PATIENCE_S)
    told = Path(f"/proc/{child.pid}/environ").read_bytes()
    child.kill()
    assert b"SOME_TOKEN" not in told
    assert b"PYTHONSAFEPATH=1" in told


def test_children_die_when_the_demo_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path\n"
            "from hw_sim.demo.children import Children; from hw_sim.demo.log_file import LogFile\n"
            "children = Children(directory=Path(sys.argv[1]))\n"
            f"child = children.start(*{A_SERVER!r}, log=LogFile(Path(sys.argv[1]) / 'log'))\n"
            "child.first_line(90); print(child.pid, flush=True); sys.stdin.read()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not ends_within(pid, 0.0)
    parent.kill()
    assert ends_within(pid, PATIENCE_S)
    parent.communicate()


def test_a_log_never_grows_beyond_two_files(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "chatty.log", max_bytes=1000)
    for number in range(1000):
        log.write(b"line %d\n" % number)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["chatty.log", "chatty.log.1"]
    assert all(file.stat().st_size <= 1000 for file in files)
    assert log.last(2) == ["line 998", "line 999"]

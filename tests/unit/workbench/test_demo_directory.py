"""The demo's data directory: whose it is, and what an interrupted beginning leaves."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hw_sim.demo.errors import DemoError, DirectoryInUse, NotADemoDirectory, PortTaken
from hw_sim.demo.layout import Layout
from hw_sim.demo.web import WorkbenchServer
from tests.patience import PROGRAM_S


def acquired(data: Path) -> Layout:
    layout = Layout(data)
    layout.acquire()
    return layout


def test_two_demos_do_not_share_a_directory(tmp_path: Path) -> None:
    first = acquired(tmp_path / "data")
    with pytest.raises(DirectoryInUse, match="Another demo is running"):
        acquired(tmp_path / "data")
    first.release()
    acquired(tmp_path / "data").release()


def test_a_directory_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(NotADemoDirectory, match="not empty"):
        acquired(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_path_that_cannot_be_a_directory_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="--data"):
        acquired(tmp_path / "file")
    with pytest.raises(DemoError, match="--data"):
        acquired(tmp_path / "file" / "below")


def test_an_interrupted_setting_up_counts_as_none(tmp_path: Path) -> None:
    layout = acquired(tmp_path / "data")
    layout.central.mkdir()
    (layout.central / "half").write_text("a ledger")
    assert not layout.is_set_up
    layout.wipe()
    assert not layout.central.exists()
    layout.mark_set_up()
    assert layout.is_set_up
    layout.wipe()
    assert not layout.is_set_up
    layout.release()


def test_wiping_follows_no_link_out_of_the_directory(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("not ours")
    layout = acquired(tmp_path / "data")
    layout.central.symlink_to(elsewhere)
    with pytest.raises(DemoError, match="cannot be deleted"):
        layout.wipe()
    assert (elsewhere / "kept").exists()
    layout.release()


def test_a_socket_fits_below_a_directory_with_a_very_long_name(tmp_path: Path) -> None:
    layout = acquired(tmp_path / ("long" * 30))
    path = layout.devices / "mirror.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    devices = layout.devices
    layout.release()
    assert not devices.exists()


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} cannot be used: another program has it.*--port"):
            WorkbenchServer(port)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["demo", "--port", "99999"], 2, "no port"),
        (["demo", "--port", "x"], 2, "--port"),
        (["nothing"], 2, "invalid choice"),
        (["demo", "--port", "0", "--data", "/dev/null"], 1, "Name another directory with --data"),
    ],
)
def test_a_wrong_command_line_is_told_in_words(arguments: list[str], code: int, word: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "hw_sim", *arguments], capture_output=True, text=True, timeout=PROGRAM_S, check=False
    )
    assert ran.returncode == code
    assert word in ran.stderr
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr


def test_without_a_broker_the_package_to_install_is_named(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, backend_bridge.broker.process as broker; broker.SEARCH_BEYOND_PATH = ()\n"
            "import hw_sim.__main__ as program; sys.exit(program.main())",
            *("demo", "--port", "0", "--data", str(tmp_path / "data")),
        ],
        env=os.environ | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )
    assert ran.returncode == 1
    assert "apt install mosquitto" in ran.stderr
    assert not (tmp_path / "data" / "central").exists()

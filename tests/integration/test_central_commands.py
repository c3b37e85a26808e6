"""The central system's commands, each run as a program of its own."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend_bridge.central.data_dir import DataDir
from loyalty import coupon
from loyalty.signing import SigningKey
from tests.patience import PROGRAM_S


def run(command: str, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "backend_bridge", command, "--data", str(data), *arguments],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the demonstration, which nobody changes."""
    path = tmp_path_factory.mktemp("demonstration") / "data"
    for command in ("init", "seed-demo"):
        done = run(command, path)
        assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def data(demonstration: Path, tmp_path: Path) -> Path:
    """A data directory of the test's own, with the demonstration."""
    return Path(shutil.copytree(demonstration, tmp_path / "data"))


def register(data: Path, terminal: str, branch: str, public: str) -> subprocess.CompletedProcess[str]:
    return run("register-terminal", data, "--terminal", terminal, "--branch", branch, "--public", public)


def test_private_keys_and_passwords_are_readable_by_their_owner_only(data: Path) -> None:
    secrets = [data / "secret-key", data / "office-password", data / "molen-password", *(data / "keys").iterdir()]

    assert len(secrets) == 8
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    assert (data / "keys").stat().st_mode & 0o777 == 0o700


def test_repeating_every_command_changes_nothing(data: Path) -> None:
    keys = {path: path.read_bytes() for path in (data / "keys").iterdir()}
    listed = json.loads((data / "demo.json").read_text())
    before = run("verify-books", data).stdout

    for command in ("init", "seed-demo"):
        assert run(command, data).returncode == 0

    assert {path: path.read_bytes() for path in (data / "keys").iterdir()} == keys
    assert json.loads((data / "demo.json").read_text()) == listed
    assert run("verify-books", data).stdout == before == "9 transfers, books balance\n"


def test_a_terminal_is_registered_once_with_one_key(data: Path) -> None:
    public = SigningKey(bytes(32)).public.hex()

    for _ in range(2):
        assert register(data, "molen-1", "utrecht-centraal", public).returncode == 0
    other = register(data, "molen-1", "utrecht-centraal", SigningKey(bytes([1]) * 32).public.hex())
    assert other.returncode == 1
    assert "another key" in other.stderr


@pytest.mark.parametrize(
    ("terminal", "branch", "public"),
    [("Molen 1", "utrecht-centraal", "00" * 32), ("molen-1", "nowhere", "00" * 32), ("molen-1", "zuid", "xyz")],
)
def test_a_terminal_that_cannot_be_is_refused_with_a_sentence(
    data: Path, terminal: str, branch: str, public: str
) -> None:
    done = register(data, terminal, branch, public)

    assert done.returncode == 1
    assert done.stderr.startswith("backend_bridge: ")
    assert "Traceback" not in done.stderr


def test_changed_books_are_found(data: Path) -> None:
    import sqlite3

    with sqlite3.connect(data / "central.sqlite3") as connection:
        connection.execute("UPDATE ledger_holding SET amount = amount + 1 WHERE lot_id = 'opening-anna-0'")
    connection.close()

    done = run("verify-books", data)
    assert done.returncode == 1
    assert "opening-anna-0" in done.stdout


def issue(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("issue-coupons", data, "--batch", "test", *arguments)


def test_a_batch_of_coupons_is_genuine_and_every_one_is_another(data: Path) -> None:
    done = issue(data, "--pool", "bread-points", "--points", "25", "--count", "4", "--last-day", "2030-12-31")

    texts = done.stdout.splitlines()
    public = DataDir(data).coupon_key(company="de-molen", number=1).public
    codes = [coupon.read(text, {(1, 1): public}) for text in texts]
    assert len({code.coupon for code in codes}) == 4
    assert {(code.points, code.last_day) for code in codes} == {(25, dt.date(2030, 12, 31))}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--pool", "bread-points", "--points", "0", "--count", "4"), "one point or more"),
        (("--pool", "bread-points", "--points", "5", "--count", "10001"), "1 to 10000 coupons"),
        (("--pool", "network-points", "--points", "5", "--count", "4"), "no company's own pool"),
        (("--pool", "bread-points", "--points", "5", "--count", "4", "--last-day", "1999-01-01"), "cannot carry"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_whole_with_its_reason(
    data: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = issue(data, *arguments)

    assert done.returncode == 1
    assert says in done.stderr
    assert done.stdout == ""

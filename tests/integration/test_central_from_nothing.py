"""From an empty directory to a terminal that is answered, by commands alone, each a program of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loyalty.signing import SigningKey
from tests.patience import PROGRAM_S

UID = "04e1f2a3b4c580"
COMMANDS = [
    "init",
    "create-programme --name Ours",
    "create-company --id bakery --number 1 --name Bakery --currency EUR",
    "create-branch --company bakery --id utrecht --name Utrecht --timezone Europe/Amsterdam",
    "create-pool --id bread --name Bread --company bakery",
    "create-pool --id shared --name Shared --network EUR --minimum 1000",
    "create-office-user --name boss",
    "create-office-user --name ann --company bakery",
    "enrol-customer --username dora --display-name Dora",
    f"issue-card --username dora --uid {UID} --family ntag213",
    f"register-terminal --terminal utrecht-1 --branch utrecht --public {SigningKey(bytes([5]) * 32).public.hex()}",
]
#: A desk on the directory, asked by the terminal for the balance of the card: what it answers, as JSON.
ASK = """
import json, sys, time
from pathlib import Path
from backend_bridge.central import configure
from backend_bridge.central.data_dir import DataDir
from loyalty.cards import card_token
from loyalty.wire import codec
from loyalty.wire.messages import Ask, BalanceWanted
import msgspec

data = DataDir(Path(sys.argv[1]))
configure(data.path)
from backend_bridge.central.desk.desk import Desk

now_ms = time.time_ns() // 1_000_000
want = BalanceWanted(card=card_token(bytes.fromhex(sys.argv[2]), data.cards_key()))
ask = codec.encode_up(Ask(request="r", epoch=1, deadline_ms=now_ms + 5000, want=want))
key = data.central_key()
[sent] = Desk(key).handle(terminal="utrecht-1", channel="up/ask", payload=ask, now_ms=now_ms)
print(json.dumps(msgspec.to_builtins(codec.open_down(sent.payload, public=key.public))))
"""


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one Python program to its end."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=PROGRAM_S, check=False)


def test_commands_alone_lead_to_a_terminal_whose_desk_knows_the_new_card(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for line in COMMANDS:
        command, *arguments = line.split()
        done = program("-m", "backend_bridge", command, "--data", str(data), *arguments)
        assert (done.returncode, done.stderr) == (0, ""), line
        assert UID not in done.stdout

    done = program("-c", ASK, str(data), UID)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)["result"]
    assert [(pool["pool"], pool["total"]) for pool in answer["pools"]] == [("bread", 0), ("shared", 0)]
    assert {path.stat().st_mode & 0o777 for path in [data / "boss-password", *(data / "keys").iterdir()]} == {0o600}
    assert UID.encode() not in (data / "central.sqlite3").read_bytes()


@pytest.mark.parametrize(("made", "says"), [(False, "run init first"), (True, "run create-programme first")])
def test_a_command_before_its_time_says_what_comes_first_and_makes_nothing(
    tmp_path: Path, made: bool, says: str
) -> None:
    data = tmp_path / "data"
    if made:
        assert program("-m", "backend_bridge", "init", "--data", str(data)).returncode == 0
    done = program("-m", "backend_bridge", "enrol-customer", "--data", str(data), "--username", "dora")

    assert (done.returncode, data.exists()) == (1, made)
    assert says in done.stderr
    assert "Traceback" not in done.stderr

"""`assert_replays()`: what a test has done to the books can be made anew from nothing, and comes out the same."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from backend_bridge.central.ledger.replay import Replay, replay_books
from backend_bridge.central.ledger.replay_scratch import make_template


@cache
def template() -> Path:
    """An empty database with all tables, made once in each process."""
    folder = Path(tempfile.mkdtemp(prefix="tapbon-replays-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_template(folder / "empty.sqlite3")


def replay() -> Replay:
    """Replay what is in the test's database."""
    return replay_books(template=template())


def assert_replays() -> None:
    """Fails with everything that comes out otherwise."""
    differences = replay().differences
    assert not differences, "\n".join(differences)

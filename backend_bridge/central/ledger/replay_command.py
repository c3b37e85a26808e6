"""`python -m backend_bridge replay-books`: replays the books and says what comes out otherwise."""

from __future__ import annotations

import sys


def run() -> int:
    """Replay the books of this process's database; 0 where they come out the same, otherwise 1."""
    from backend_bridge.central.ledger.replay import replay_books

    done = replay_books()
    for told in done.differences:
        sys.stdout.write(told + "\n")
    ended = "the books come out the same" if not done.differences else f"{len(done.differences)} things are different"
    sys.stdout.write(f"{done.causes} causes were applied again, {ended}\n")
    return 1 if done.differences else 0

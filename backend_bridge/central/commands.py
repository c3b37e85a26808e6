"""What the commands of `python -m backend_bridge` do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend_bridge.central import configure, migrate
from backend_bridge.central.clearing.options import COMMANDS as CLEARING
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.demo_data import seed_demo
from backend_bridge.central.errors import CentralError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.recovery.options import COMMANDS as RECOVERY
from backend_bridge.central.setting_up.options import COMMANDS as SETTING_UP

COMMANDS = {
    "init": "Make the data directory, its keys and its database, or bring them up to date.",
    "seed-demo": "Fill the data directory with the demonstration.",
    **{name: told for name, (told, _arguments) in SETTING_UP.items()},
    "register-terminal": "Register a terminal with its public key, or change its branch.",
    "issue-coupons": "Issue a batch of point coupons; prints the text of each one's QR code.",
    **{name: told for name, (told, _arguments) in CLEARING.items()},
    **{name: told for name, (told, _arguments) in RECOVERY.items()},
    "run-jobs": "End points, vouchers and invitations whose time is over; the serving process does it hourly.",
    "verify-books": "Check every balance against the transfers.",
    "replay-books": "Make the books anew from what happened, beside the real ones, and compare.",
}


def run(options: argparse.Namespace, *, now_ms: int) -> int:
    """Run `options.command`; its exit status. Raises `CentralError`."""
    data: Path = options.data.resolve()
    setting_up = options.command in ("init", "seed-demo")
    if not setting_up and not DataDir(data).is_prepared:
        raise CentralError(f"there is no installation in {data}: run init first, or look at --data")
    configure(data)

    from backend_bridge.central.reaching import reach, require_installed, told_plainly

    if options.command != "restore":
        if not setting_up:
            require_installed(DataDir(data))
        # What is to be replaced may be gone, or past reading.
        reach(without_time_limit=True)
    with told_plainly():
        return _carry_out(options, data, now_ms=now_ms)


def _carry_out(options: argparse.Namespace, data: Path, *, now_ms: int) -> int:
    if options.command == "init":
        migrate()
        _say(f"ready: {data}")
    elif options.command == "seed-demo":
        seed_demo(data, card_key=DataDir(data).cards_key(), now_ms=now_ms)
        _say(f"the demonstration is in {data}; the office's password is in {data / 'office-password'}")
    elif options.command == "register-terminal":
        register_terminal(terminal=options.terminal, branch=options.branch, public=options.public)
        _say(f"{options.terminal} is registered")
    elif options.command == "issue-coupons":
        from backend_bridge.central.vouchers.batches import issue_batch

        for text in issue_batch(
            DataDir(data),
            pool=options.pool,
            points=options.points,
            count=options.count,
            batch=options.batch,
            last_day=options.last_day,
        ):
            _say(text)
    elif options.command == "run-jobs":
        return _run_jobs(now_ms)
    elif options.command == "verify-books":
        return _verify()
    elif options.command == "replay-books":
        from backend_bridge.central.ledger.replay_command import run as run_replay

        return run_replay()
    elif options.command in RECOVERY:
        from backend_bridge.central.recovery import commands as recovery

        _say(recovery.run(options, DataDir(data), at=from_ms(now_ms)))
    elif options.command in CLEARING:
        from backend_bridge.central.clearing.commands import run as run_clearing

        _say(run_clearing(options, at=from_ms(now_ms)))
    else:
        from backend_bridge.central.setting_up import commands

        _say(commands.run(options, DataDir(data), at=from_ms(now_ms)))
    return 0


def register_terminal(*, terminal: str, branch: str, public: str) -> None:
    """Register `terminal` with its public key (64 hex digits).

    Repeating it is harmless, and moves the terminal to another branch. A key is never replaced:
    entries that were signed with it have to stay verifiable. Raises `CentralError`.
    """
    from django.core.exceptions import ValidationError

    from backend_bridge.central.fleet.models import Terminal
    from backend_bridge.central.organisation.models import Branch

    if len(public) != 64 or not set(public.lower()) <= set("0123456789abcdef"):
        raise CentralError("a public key is 64 hex digits")
    if not Branch.objects.filter(pk=branch).exists():
        raise CentralError(f"there is no branch {branch!r}")
    known = Terminal.objects.filter(pk=terminal).first()
    if known is not None and known.public != public.lower():
        raise CentralError(f"{terminal} is registered with another key; register the new key under a new id")
    row = known or Terminal(id=terminal, public=public.lower())
    row.branch_id = branch
    try:
        row.full_clean()
    except ValidationError as error:
        raise CentralError("; ".join(error.messages)) from error
    row.save()


def _run_jobs(now_ms: int) -> int:
    from backend_bridge.central.jobs.running import run_jobs

    ran = run_jobs(at=from_ms(now_ms))
    for job in ran:
        _say(f"{job.job}: " + ("stopped; run it again" if job.count is None else f"{job.count} {job.unit} ended"))
    return 1 if any(job.count is None for job in ran) else 0


def _verify() -> int:
    from backend_bridge.central.clearing.verify import verify_clearing
    from backend_bridge.central.ledger.models import Transfer
    from backend_bridge.central.ledger.verify import verify_books
    from backend_bridge.central.vouchers.verify import verify_vouchers

    wrong = [*verify_books(), *verify_clearing(), *verify_vouchers()]
    for line in wrong:
        _say(line)
    _say(
        f"{Transfer.objects.count()} transfers, " + ("books balance" if not wrong else f"{len(wrong)} things are wrong")
    )
    return 1 if wrong else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")

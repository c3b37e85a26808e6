"""What the commands of recovery do, and what they print."""

from __future__ import annotations

import argparse
import datetime as dt

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.recovery.backups import backup
from backend_bridge.central.recovery.recovering import EpochReport, Report, recover
from backend_bridge.central.recovery.restoring import begin_generation, restore


def run(options: argparse.Namespace, directory: DataDir, *, at: dt.datetime) -> str:
    """Do what `options.command` says; what is to be printed. Raises `CentralError`."""
    if options.command == "backup":
        backup(options.file)
        return f"the backup is in {options.file}; the private keys are not: keep {directory.keys} apart"
    if options.command == "recover-journal":
        return told(recover(options.file, terminal=options.terminal, at=at, although_in_use=options.although_in_use))
    if options.command == "begin-generation":
        return _waits(begin_generation(reason=options.reason, at=at).number)
    done = restore(options.file, directory=directory, at=at)
    missing = "".join(f"\nthe key {name} is missing in {directory.keys}: put it back" for name in done.missing_keys)
    return _waits(done.generation) + missing


def told(report: Report) -> str:
    """The report as lines."""
    lines = [f"{report.terminal}: {_epoch(one)}" for one in report.epochs]
    if report.refused:
        lines.append(f"{report.refused} entries are not authentic ones of {report.terminal}, and were left alone")
    if report.damage:
        lines.append(f"not all of the file could be read: {report.damage}")
    return "\n".join(lines) or f"no entry of {report.terminal} was found"


def _epoch(one: EpochReport) -> str:
    parts = [f"{one.applied} applied ({one.suspense} in suspense), {one.known} known before"]
    if one.forked:
        parts.append(f"{one.forked} contradict what is applied and were kept aside")
    if one.waiting:
        missing = ", ".join(str(seq) for seq in one.missing)
        parts.append(f"{one.waiting} wait for entries that are missing ({missing})")
    if one.closed:
        parts.append(f"the journal is closed: {one.closed}")
    return f"epoch {one.epoch}: " + "; ".join(parts)


def _waits(generation: int) -> str:
    return (
        f"generation {generation} has begun: nothing is granted until every terminal has sent its journal again, "
        "or was declared lost in the office"
    )

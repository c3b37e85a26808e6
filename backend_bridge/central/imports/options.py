"""The commands about imports, with their arguments and what they do."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path

from backend_bridge.central.errors import CentralError


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="a CSV file, with headings in its first line")
    command.add_argument("--company", required=True, metavar="COMPANY", help="the id of the company")
    command.add_argument("--dry-run", action="store_true", help="report on each row, book nothing")
    command.add_argument("--skip-bad", action="store_true", help="book the other rows where some have errors")
    command.add_argument("--pool", default="", help="the pool of points where a row names none")
    command.add_argument(
        "--origin",
        default="past_business",
        choices=("past_business", "enquiry", "imported_list"),
        help="where these people come from (past_business)",
    )
    command.add_argument("--source", default="", help="which system or list it is; without: the file's name")
    command.add_argument("--report", type=Path, metavar="CSV", help="write the report on all rows to this file")


def _undo(command: argparse.ArgumentParser) -> None:
    command.add_argument("number", type=int, metavar="N", help="the import's number")
    command.add_argument("--company", required=True, metavar="COMPANY", help="the id of the company")
    command.add_argument("--report", type=Path, metavar="CSV", help="write the report on all rows to this file")


#: Name, what it does, and its arguments.
COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "import-customers": ("Import an older system's customers and opening balances from a CSV file.", _import),
    "undo-import": ("Undo an import as far as nobody has used it.", _undo),
}
_BY = "command"
_MOST_TOLD = 20


def run(options: argparse.Namespace, *, at: dt.datetime) -> str:
    """Do what `options` ask for; what came of it, for people. Raises `CentralError`."""
    if options.command == "undo-import":
        return _run_undo(options, at=at)
    from backend_bridge.central.imports.booking import book_import
    from backend_bridge.central.imports.trying import Asked, try_import

    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise CentralError(f"the file cannot be read: {error.strerror}") from None
    asked = Asked(
        company=options.company,
        file_name=options.file.name,
        data=data,
        pool=options.pool,
        origin=options.origin,
        source=options.source,
    )
    batch = try_import(asked, by=_BY, at=at, progress=_progress("judged"))
    told = _told(batch.pk)
    _write_report(batch.pk, options.report)
    if options.dry_run or batch.state == "booked":
        return told + ("\nnothing was booked" if options.dry_run else "\nthis file was booked before")
    if batch.rows_error and not options.skip_bad:
        raise CentralError(f"{told}\nrows have errors: nothing was booked; mend the file, or add --skip-bad")
    book_import(
        batch.pk, company=options.company, skip_bad=options.skip_bad, by=_BY, at=at, progress=_progress("booked")
    )
    _write_report(batch.pk, options.report)
    return f"{told}\nbooked as import {batch.pk}"


def _run_undo(options: argparse.Namespace, *, at: dt.datetime) -> str:
    from backend_bridge.central.imports.undoing import undo_import

    batch = undo_import(options.number, company=options.company, by=_BY, at=at, progress=_progress("undone"))
    _write_report(batch.pk, options.report)
    kept = batch.rows.filter(outcome="kept").count()
    undone = batch.rows.filter(outcome="undone").count()
    return f"import {batch.pk}: {undone} rows undone, {kept} kept because they are in use"


def _told(number: int) -> str:
    """What was found, with the first of the findings. Values are not repeated here: they are somebody's data."""
    from backend_bridge.central.imports.models import Import

    batch = Import.objects.get(pk=number)
    lines = [
        f"{batch.file_name}: {batch.read_as}",
        f"{batch.rows_ok} rows without a finding, {batch.rows_warning} with warnings, {batch.rows_error} with errors",
    ]
    if batch.unknown:
        lines.append(f"headings that are not known, and not looked at: {', '.join(batch.unknown)}")
    found = [
        f"line {row.line}: {one['level']}: {one['column'] or 'row'}: {one['text']}"
        for row in batch.rows.exclude(findings=[]).order_by("line")[:_MOST_TOLD]
        for one in row.findings
    ]
    more = batch.rows_warning + batch.rows_error - _MOST_TOLD
    return "\n".join([*lines, *found, *([f"… and {more} more rows: see --report"] if more > 0 else [])])


def _write_report(number: int, file: Path | None) -> None:
    from backend_bridge.central.imports.models import Import
    from backend_bridge.central.imports.reports import report

    if file is not None:
        with file.open("w", encoding="utf-8", newline="") as out:
            out.writelines(report(Import.objects.get(pk=number)))


def _progress(what: str) -> Callable[[int], None]:
    """Tells on a terminal how far it is; in a pipe nobody wants to read that."""

    def tell(rows: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{rows} rows {what} ")
            sys.stderr.flush()

    return tell

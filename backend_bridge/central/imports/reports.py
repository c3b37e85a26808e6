"""The report of an import as CSV: a line for each finding, or one for a row without any."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from backend_bridge.central.imports.models import Import, ImportRow

HEADINGS = ("line", "level", "column", "rule", "value", "text", "outcome", "points")
_MARK = "\ufeff"
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report(batch: Import, *, only_findings: bool = False) -> Iterator[str]:
    """The lines of the report; a mark at the beginning tells spreadsheets that it is UTF-8."""
    yield _MARK + _line(HEADINGS)
    rows = batch.rows.order_by("line")
    for row in (rows.exclude(findings=[]) if only_findings else rows).iterator(chunk_size=2000):
        for values in _values(row):
            yield _line(values)


def _values(row: ImportRow) -> Iterator[tuple[str, ...]]:
    about = (row.get_outcome_display(), str(row.points or ""))
    if not row.findings:
        yield (str(row.line), row.level, "", "", "", "", *about)
    for one in row.findings:
        yield (str(row.line), one["level"], one["column"], one["rule"], one["value"], one["text"], *about)


def _line(values: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerow([_plain(value) for value in values])
    return out.getvalue()


def _plain(value: str) -> str:
    return "'" + value if value.startswith(_FORMULA) else value

"""A CSV file as older systems write them: its letters, its separator, its headings, its rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

import msgspec

from backend_bridge.central.imports.columns import column_of
from backend_bridge.central.imports.errors import ImportRefused

MOST_BYTES = 50_000_000
MOST_ROWS = 200_000
_SEPARATORS = (";", ",", "\t")
_LONGEST_FIELD = 10_000
_TOLD = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a mark at its beginning", "cp1252": "Latin-1 (Windows-1252)"}


class Line(msgspec.Struct, frozen=True):
    """A row of the file: its line number as editors count, its values by column, and whether it has as many
    values as there are headings."""

    number: int
    values: dict[str, str]
    complete: bool


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file that can be read: in which letters, with which separator, and what its headings mean."""

    text: str
    encoding: str
    separator: str
    #: One for each heading; None: it is not known, and its values are not looked at.
    columns: tuple[str | None, ...]
    unknown: tuple[str, ...]

    @property
    def told(self) -> str:
        """How it was read, in words."""
        separator = "tabs" if self.separator == "\t" else f"“{self.separator}”"
        return f"{_TOLD[self.encoding]}, separated by {separator}"

    def lines(self) -> Iterator[Line]:
        """The rows below the headings; empty ones are passed over. Raises `ImportRefused`."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator, strict=True)
        try:
            next(reader)
            count = 0
            for values in reader:
                if not any(value.strip() for value in values):
                    continue
                count += 1
                if count > MOST_ROWS:
                    raise ImportRefused("too_many_rows", f"more than {MOST_ROWS} rows: divide the file")
                yield self._line(reader.line_num, values)
        except csv.Error as error:
            raise ImportRefused("csv", f"line {reader.line_num} is not CSV: {error}") from None

    def _line(self, number: int, values: list[str]) -> Line:
        told = {
            column: value.strip()[:_LONGEST_FIELD]
            for column, value in zip(self.columns, values, strict=False)
            if column is not None
        }
        return Line(number, told, len(values) == len(self.columns))


def read(data: bytes) -> Table:
    """The table in `data`; raises `ImportRefused` with what is wrong with the file."""
    if len(data) > MOST_BYTES:
        raise ImportRefused("too_large", f"the file has more than {MOST_BYTES // 1_000_000} MB: divide it")
    text, encoding = _decode(data)
    first = text.split("\n", 1)[0].rstrip("\r")
    if not first.strip():
        raise ImportRefused("empty", "the first line has to name the columns, and it is empty")
    separator = max(_SEPARATORS, key=lambda one: (_known(first, one), first.count(one)))
    headings = _headings(first, separator)
    columns = tuple(column_of(heading) for heading in headings)
    named = [column for column in columns if column is not None]
    if not named:
        raise ImportRefused("headings", "the first line names none of the columns: see the guide for their names")
    twice = sorted({column for column in named if named.count(column) > 1})
    if twice:
        raise ImportRefused("headings", f"two columns mean the same: {', '.join(twice)}")
    unknown = tuple(heading for heading, column in zip(headings, columns, strict=True) if column is None)
    return Table(text=text, encoding=encoding, separator=separator, columns=columns, unknown=unknown)


def _decode(data: bytes) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ImportRefused("encoding", "the file is in UTF-16: save it as “CSV UTF-8”")
    if b"\0" in data:
        raise ImportRefused("encoding", "the file is no text: export it as CSV, not as a spreadsheet")
    if data.startswith(codecs.BOM_UTF8):
        try:
            return data.decode("utf-8-sig"), "utf-8-sig"
        except UnicodeDecodeError as error:
            raise ImportRefused("encoding", f"the file says that it is UTF-8, and byte {error.start} is not") from None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as error:
        raise ImportRefused("encoding", f"neither UTF-8 nor Latin-1: look at byte {error.start}") from None


def _headings(first: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([first], delimiter=separator, strict=True))
    except csv.Error as error:
        raise ImportRefused("csv", f"the first line is not CSV: {error}") from None


def _known(first: str, separator: str) -> int:
    return sum(column_of(heading.strip('"')) is not None for heading in first.split(separator))

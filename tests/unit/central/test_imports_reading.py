"""Files of older systems: letters, separators and headings are found out, and what cannot be read is told."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.imports.columns import HEADINGS, column_of
from backend_bridge.central.imports.errors import ImportRefused
from backend_bridge.central.imports.reading import Table, read

TEXT = "Kundennummer;Name;E-Mail;Punkte\r\n7;Jürgen Müller;j@example.de;1200\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("latin-1"), "cp1252"),
        (TEXT.replace("ü", "€").encode("cp1252"), "cp1252"),
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_d3_letters_and_separators_are_found_out(data: bytes, encoding: str, separator: str) -> None:
    table = read(data.replace(b";", separator.encode()))

    assert (table.encoding, table.separator) == (encoding, separator)
    assert table.columns == ("number", "name", "email", "points")
    [line] = table.lines()
    assert line.values["name"] in ("Jürgen Müller", "J€rgen M€ller")
    assert line.number == 2


@pytest.mark.parametrize(
    ("data", "rule", "says"),
    [
        (b"", "empty", "first line"),
        (b"\n\n1;2\n", "empty", "first line"),
        (TEXT.encode("utf-16"), "encoding", "UTF-16"),
        (b"PK\x03\x04\x00\x00", "encoding", "spreadsheet"),
        (codecs.BOM_UTF8 + b"Name;\xff\n", "encoding", "byte"),
        (b"name\n\x81\n", "encoding", "neither UTF-8"),
        (b"colour;size\n1;2\n", "headings", "none of the columns"),
        (b"name;Naam\n1;2\n", "headings", "mean the same: name"),
    ],
)
def test_d3_a_file_that_cannot_be_read_is_refused_in_words(data: bytes, rule: str, says: str) -> None:
    with pytest.raises(ImportRefused, match=says) as refused:
        read(data)
    assert refused.value.rule == rule


def test_d3_an_open_quotation_mark_is_told_by_its_line() -> None:
    table = read(b'name;city\na;b\n"c;d\n')

    with pytest.raises(ImportRefused, match="line 3"):
        list(table.lines())


def test_d3_quoted_values_keep_separators_and_line_breaks_and_lines_are_counted_as_editors_do() -> None:
    table = read(b'name;street;colour\n"Smit; Jan";"a\nb";red\n\nPiet;c\n')
    first, second = table.lines()

    assert (first.values, first.complete) == ({"name": "Smit; Jan", "street": "a\nb"}, True)
    assert (second.number, second.complete) == (5, False)
    assert table.unknown == ("colour",)


def test_every_documented_heading_names_its_column_and_no_other() -> None:
    for column, names in HEADINGS.items():
        for name in (column, *names):
            assert column_of(f"  {name.upper()} ") == column, name


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        table = read(data)
        list(table.lines())
    except ImportRefused:
        return
    assert isinstance(table, Table)

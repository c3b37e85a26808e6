"""The dry run: reads a file, judges each row, and books nothing. What it finds is kept, to be read and booked."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec
from django.db import transaction

from backend_bridge.central.customers.contact import one_line
from backend_bridge.central.customers.models import CustomerGroup, MembershipOrigin
from backend_bridge.central.imports.checking import Checked, Terms, check
from backend_bridge.central.imports.errors import ImportRefused
from backend_bridge.central.imports.findings import ERROR, OK, WARNING, Finding, worst
from backend_bridge.central.imports.matching import Seen, known
from backend_bridge.central.imports.models import Import, ImportRow
from backend_bridge.central.imports.reading import Line, Table, read
from backend_bridge.central.organisation.models import Branch, Company, accepted_pools

_AT_ONCE = 1000
_ORIGINS = (MembershipOrigin.PAST_BUSINESS, MembershipOrigin.ENQUIRY, MembershipOrigin.IMPORTED_LIST)
#: Told how many rows are done.
Progress = Callable[[int], None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be imported for a company. `pool` is where points go that name none; `source` says which list
    or which system it is, as consents will say."""

    company: str
    file_name: str
    data: bytes
    pool: str = ""
    origin: str = MembershipOrigin.PAST_BUSINESS
    source: str = ""


def try_import(asked: Asked, *, by: str, at: dt.datetime, progress: Progress = lambda _rows: None) -> Import:
    """Judge a file; the import with a report for each row, or the one that was made of the same file before.

    One that was tried and not booked is judged anew. Raises `ImportRefused` for a file that cannot be read.
    """
    terms = _terms(asked, at=at)
    table = read(asked.data)
    sha256 = hashlib.sha256(asked.data).hexdigest()
    with transaction.atomic():
        before = Import.objects.select_for_update().filter(company=asked.company, sha256=sha256)
        known_one = before.exclude(state=Import.State.UNDONE).first()
        if known_one is not None:
            if known_one.state != Import.State.TRIED:
                return known_one
            known_one.delete()
        row = _new(asked, table, sha256, terms, by=by, at=at)
        counts = _judge(row, table, terms, progress)
        row.rows_ok, row.rows_warning, row.rows_error = counts[OK], counts[WARNING], counts[ERROR]
        row.save()
    return row


def _terms(asked: Asked, *, at: dt.datetime) -> Terms:
    company = Company.objects.filter(pk=asked.company).first()
    if company is None:
        raise ImportRefused("company", "there is no such company")
    if asked.origin not in _ORIGINS:
        raise ImportRefused("origin", f"the origin is one of {', '.join(_ORIGINS)}")
    pools = frozenset(accepted_pools(company).values_list("pk", flat=True))
    own = list(accepted_pools(company).filter(company=company).values_list("pk", flat=True))
    if asked.pool and asked.pool not in pools:
        raise ImportRefused("pool", "this company gives no points of this pool")
    branch = Branch.objects.filter(company=company).order_by("pk").first()
    return Terms(
        pools=pools,
        pool=asked.pool or (own[0] if len(own) == 1 else ""),
        groups=frozenset(CustomerGroup.objects.filter(company=company).values_list("slug", flat=True)),
        timezone="UTC" if branch is None else branch.timezone,
        at=at,
    )


def _new(asked: Asked, table: Table, sha256: str, terms: Terms, *, by: str, at: dt.datetime) -> Import:
    file_name = asked.file_name.replace("\\", "/").rsplit("/", 1)[-1][:120]
    return Import.objects.create(
        company_id=asked.company,
        file_name=file_name,
        sha256=sha256,
        read_as=table.told,
        unknown=list(table.unknown),
        origin=asked.origin,
        source=one_line("source", asked.source, 120) or file_name,
        pool=terms.pool,
        tried_at=at,
        tried_by=by,
    )


def _judge(row: Import, table: Table, terms: Terms, progress: Progress) -> Counter[str]:
    """Write a row for each line of the file; how many there are of each level."""
    seen, counts, members = Seen(), Counter[str](), dict[str, int]()
    for lines in _slices(table.lines()):
        checked = [check(line, terms) for line in lines]
        people = known(row.company_id, [told for told, _findings in checked])
        made = []
        for line, (told, wrong) in zip(lines, checked, strict=True):
            member, about_them = people.match(told)
            findings = [*wrong, *seen.look(line.number, told), *about_them]
            if member and members.setdefault(member, line.number) != line.number:
                text = f"line {members[member]} is the same customer"
                findings.append(Finding(ERROR, "", "twice", "", text))
            made.append(_row(row, line, told, findings, member))
        ImportRow.objects.bulk_create(made)
        counts.update(one.level for one in made)
        progress(counts.total())
    if not counts:
        raise ImportRefused("empty", "there is no row below the headings")
    return counts


def _row(batch: Import, line: Line, told: Checked, findings: list[Finding], member: str) -> ImportRow:
    return ImportRow(
        batch=batch,
        line=line.number,
        level=worst(findings),
        told=msgspec.to_builtins(told),
        findings=msgspec.to_builtins(findings),
        customer_id=member or None,
        points=told.points,
    )


def _slices(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while some := list(islice(lines, _AT_ONCE)):
        yield some

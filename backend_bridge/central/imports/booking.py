"""Books a tried import: customers, what the company knows of them, consents, groups, and opening balances.

In parts, each of which is written whole. What is interrupted goes on where it stopped; a row is booked once.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict

import msgspec
from django.db import IntegrityError, transaction

from backend_bridge.central.acting import perform
from backend_bridge.central.customers.models import (
    Consent,
    ConsentOrigin,
    Customer,
    CustomerGroup,
    GroupMember,
    Membership,
)
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.customers.usernames import generated
from backend_bridge.central.imports.checking import Checked
from backend_bridge.central.imports.errors import ImportRefused
from backend_bridge.central.imports.findings import ERROR
from backend_bridge.central.imports.models import Import, ImportRow, write_outcomes
from backend_bridge.central.imports.trying import Progress
from backend_bridge.central.instants import from_ms
from loyalty.acts.imports import BalancesOpened, OpenedLot

_AT_ONCE = 1000
State, Outcome = Import.State, ImportRow.Outcome
#: The fields of a contact that are filled in where the company has nothing yet.
_FILLED = ("number", *Contact.__struct_fields__)


def book_import(
    number: int,
    *,
    company: str,
    skip_bad: bool = False,
    by: str,
    at: dt.datetime,
    progress: Progress = lambda _rows: None,
) -> Import:
    """Book the import of this number. Rows with errors stop it before anything is booked, unless `skip_bad`.

    Repeating it is harmless, also after an interruption. Raises `ImportRefused`.
    """
    with transaction.atomic():
        batch = the_import(number, company=company)
        if batch.state == State.BOOKED:
            return batch
        if batch.state not in (State.TRIED, State.BOOKING):
            raise ImportRefused("state", "this import was undone: import the file again")
        if batch.rows_error and not skip_bad:
            raise ImportRefused("errors", f"{batch.rows_error} rows have errors: nothing was booked")
        batch.state, batch.booked_by = State.BOOKING, batch.booked_by or by
        batch.booked_at = batch.booked_at or at
        batch.save()
    done = 0
    while some := _book_some(number, company=company, by=by, at=at):
        done += some
        progress(done)
    with transaction.atomic():
        batch = the_import(number, company=company)
        batch.state = State.BOOKED
        batch.save()
    return batch


def the_import(number: int, *, company: str) -> Import:
    """The import of this number, locked; raises `ImportRefused` where the company has none of it."""
    row = Import.objects.select_for_update().filter(pk=number, company=company).first()
    if row is None:
        raise ImportRefused("known", "this company has no such import")
    return row


@transaction.atomic
def _book_some(number: int, *, company: str, by: str, at: dt.datetime) -> int:
    batch = the_import(number, company=company)
    waiting = batch.rows.filter(outcome=Outcome.WAITING).exclude(level=ERROR).order_by("line")
    rows = list(waiting[:_AT_ONCE])
    if not rows:
        return 0
    told = {row.pk: msgspec.convert(row.told, Checked) for row in rows}
    try:
        memberships = _people(batch, rows, told, at=at)
    except IntegrityError:
        raise ImportRefused(
            "changed", "somebody took a number or a username since the file was tried: try it again"
        ) from None
    _consents(batch, rows, told, memberships, at=at)
    _groups(batch, rows, told, memberships, by=by, at=at)
    _balances(batch, rows, told, by=by, at=at)
    for row in rows:
        row.outcome = Outcome.BOOKED
    write_outcomes(rows)
    return len(rows)


def _people(
    batch: Import, rows: list[ImportRow], told: dict[int, Checked], *, at: dt.datetime
) -> dict[int, Membership]:
    """The membership of each row: new customers are made, known ones are completed where nothing was known."""
    programme = batch.company.programme_id
    customers, new = [], []
    for row in rows:
        if row.customer_id is not None:
            continue
        checked = told[row.pk]
        customer = Customer(
            id=secrets.token_hex(16),
            programme_id=programme,
            username=checked.username or generated(),
            standing=Customer.Standing.MEMBER,
            created_at=at,
        )
        customers.append(customer)
        row.customer, row.created = customer, True
        new.append(_membership(batch, customer.pk, checked, at=at))
    Customer.objects.bulk_create(customers)
    Membership.objects.bulk_create(new)
    found = Membership.objects.filter(company=batch.company_id, customer__in=[row.customer_id for row in rows])
    by_customer = {one.customer_id: one for one in found}
    _complete([row for row in rows if not row.created], told, by_customer)
    return {row.pk: by_customer[str(row.customer_id)] for row in rows}


def _membership(batch: Import, customer: str, checked: Checked, *, at: dt.datetime) -> Membership:
    return Membership(
        customer_id=customer,
        company_id=batch.company_id,
        since=at,
        origin=batch.origin,
        source=batch.source,
        number=checked.number,
        **msgspec.structs.asdict(checked.contact),
    )


def _complete(rows: list[ImportRow], told: dict[int, Checked], memberships: dict[str, Membership]) -> None:
    changed = []
    for row in rows:
        membership, checked = memberships[str(row.customer_id)], told[row.pk]
        values = {"number": checked.number, **msgspec.structs.asdict(checked.contact)}
        row.filled = [field for field in _FILLED if values[field] and not getattr(membership, field)]
        for field in row.filled:
            setattr(membership, field, values[field])
        if row.filled:
            changed.append(membership)
    Membership.objects.bulk_update(changed, _FILLED, batch_size=50)


def _consents(
    batch: Import,
    rows: list[ImportRow],
    told: dict[int, Checked],
    memberships: dict[int, Membership],
    *,
    at: dt.datetime,
) -> None:
    Consent.objects.bulk_create(
        Consent(
            membership=memberships[row.pk],
            channel=channel,
            given=given,
            origin=ConsentOrigin(batch.origin),
            source=batch.source,
            by=f"import:{batch.pk}",
            at=at if told[row.pk].consent_ms is None else from_ms(told[row.pk].consent_ms or 0),
        )
        for row in rows
        for channel, given in told[row.pk].consents.items()
    )


def _groups(
    batch: Import,
    rows: list[ImportRow],
    told: dict[int, Checked],
    memberships: dict[int, Membership],
    *,
    by: str,
    at: dt.datetime,
) -> None:
    groups = dict(CustomerGroup.objects.filter(company=batch.company_id).values_list("slug", "pk"))
    wanted: dict[int, list[Membership]] = defaultdict(list)
    for row in rows:
        for slug in told[row.pk].groups:
            if slug in groups:
                wanted[groups[slug]].append(memberships[row.pk])
    GroupMember.objects.bulk_create(
        [
            GroupMember(group_id=group, membership=one, since=at, by=f"import:{batch.pk}")
            for group, some in wanted.items()
            for one in some
        ],
        ignore_conflicts=True,
    )


def _balances(batch: Import, rows: list[ImportRow], told: dict[int, Checked], *, by: str, at: dt.datetime) -> None:
    """One act for all opening balances of these rows; its key is made of their lines."""
    lots = []
    for row in rows:
        checked = told[row.pk]
        if not checked.points:
            continue
        row.lot = f"import-{batch.pk}-{row.line}"
        lots.append(
            OpenedLot(
                lot=row.lot,
                member=str(row.customer_id),
                pool=checked.pool,
                points=checked.points,
                origin=checked.origin,
                created_ms=checked.issued_ms,
                expires_ms=checked.expires_ms,
            )
        )
    if lots:
        key = f"import/{batch.pk}/{rows[0].line}-{rows[-1].line}"
        act = BalancesOpened(issuer=batch.company_id, lots=tuple(lots))
        perform(act, key=key, company=batch.company_id, by=by, at=at)

"""Undoes an import: takes back what nobody has touched, and says of the rest what it left as it is.

Points that were spent in part, or are at a terminal, stay whole: taking back the rest would take from the
customer what they were told they have. Customers who were made by the import and are in use stay too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from backend_bridge.central.acting import judge
from backend_bridge.central.customers.models import Card, Customer, GroupMember, Membership
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.customers.usernames import generated
from backend_bridge.central.imports.booking import the_import
from backend_bridge.central.imports.checking import Checked
from backend_bridge.central.imports.errors import ImportRefused
from backend_bridge.central.imports.findings import WARNING, Finding
from backend_bridge.central.imports.models import Import, ImportRow, write_outcomes
from backend_bridge.central.imports.trying import Progress
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Lot
from backend_bridge.central.ledger.posting import Posting
from loyalty.acts.imports import BalancesWithdrawn, WithdrawnLot

_AT_ONCE = 1000
State, Outcome = Import.State, ImportRow.Outcome


def undo_import(
    number: int, *, company: str, by: str, at: dt.datetime, progress: Progress = lambda _rows: None
) -> Import:
    """Undo the import of this number as far as nobody has used it; its rows say what became of each.

    Repeating it is harmless, also after an interruption. Raises `ImportRefused` for one that is not booked.
    """
    with transaction.atomic():
        batch = the_import(number, company=company)
        if batch.state == State.UNDONE:
            return batch
        if batch.state == State.TRIED:
            raise ImportRefused("state", "this import is not booked: there is nothing to undo")
        batch.state, batch.undone_by = State.UNDOING, batch.undone_by or by
        batch.undone_at = batch.undone_at or at
        batch.save()
    done = 0
    while some := _undo_some(number, company=company, by=by, at=at):
        done += some
        progress(done)
    with transaction.atomic():
        batch = the_import(number, company=company)
        batch.state = State.UNDONE
        batch.save()
    return batch


@transaction.atomic
def _undo_some(number: int, *, company: str, by: str, at: dt.datetime) -> int:
    batch = the_import(number, company=company)
    rows = list(batch.rows.filter(outcome=Outcome.BOOKED).order_by("line")[:_AT_ONCE])
    if not rows:
        return 0
    untouched = _take_back(batch, rows, by=by, at=at)
    in_use = _customers_in_use(batch, rows)
    for row in rows:
        if row.lot and row.lot not in untouched:
            _keep(row, "points", "in_use", "kept: some of these points were spent, or are at a terminal")
        elif row.created and row.customer_id in in_use:
            _keep(row, "", "in_use", "the points were taken back; the customer is kept: has a card, or other companies")
        else:
            row.outcome = Outcome.UNDONE
    _forget(batch, [row for row in rows if row.created and row.outcome == Outcome.UNDONE], at=at)
    _empty(batch, [row for row in rows if not row.created and row.outcome == Outcome.UNDONE])
    write_outcomes(rows)
    return len(rows)


def _keep(row: ImportRow, column: str, rule: str, text: str) -> None:
    row.outcome = Outcome.KEPT
    row.findings = [*row.findings, msgspec.to_builtins(Finding(WARNING, column, rule, "", text))]


def _take_back(batch: Import, rows: list[ImportRow], *, by: str, at: dt.datetime) -> set[str]:
    """Post what is whole back to the company; which lots those are."""
    with_points = [row for row in rows if row.lot]
    if not with_points:
        return set()
    done = judge(
        _decide(batch, with_points),
        key=f"undo-import/{batch.pk}/{with_points[0].line}-{with_points[-1].line}",
        company=batch.company_id,
        by=by,
        at=at,
    )
    return {lot.lot for lot in done.act.lots}


def _decide(batch: Import, rows: list[ImportRow]) -> Callable[[Posting], BalancesWithdrawn]:
    places = []
    for row in rows:
        pool = msgspec.convert(row.told, Checked).pool
        places.append((row, accounts.main(member=str(row.customer_id), pool=pool), pool))

    def decide(posting: Posting) -> BalancesWithdrawn:
        posting.book.prefetch(places=[(main.id, row.lot) for row, main, _pool in places])
        return BalancesWithdrawn(
            issuer=batch.company_id,
            lots=tuple(
                WithdrawnLot(lot=row.lot, member=str(row.customer_id), pool=pool, points=row.points)
                for row, main, pool in places
                if posting.held(main, row.lot) == row.points
            ),
        )

    return decide


def _customers_in_use(batch: Import, rows: list[ImportRow]) -> set[str]:
    """Those made by the import who have a card, other points, or another company that knows them."""
    made = Customer.objects.filter(pk__in=[row.customer_id for row in rows if row.created])
    elsewhere = Membership.objects.filter(customer=OuterRef("pk")).exclude(company=batch.company_id)
    others = Lot.objects.filter(member=OuterRef("pk")).exclude(pk__startswith=f"import-{batch.pk}-")
    card = Card.objects.filter(customer=OuterRef("pk"))
    used = made.filter(Exists(elsewhere)) | made.filter(Exists(others)) | made.filter(Exists(card))
    return set(used.values_list("pk", flat=True))


def _forget(batch: Import, rows: list[ImportRow], *, at: dt.datetime) -> None:
    """The company does not know them any more: what it had of them is emptied, and their usernames are free."""
    people = [row.customer_id for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE customers_customer SET username = %s, standing = %s WHERE id = %s",
            [(generated(), Customer.Standing.CONTACT.value, customer) for customer in people],
        )
    memberships = Membership.objects.filter(company=batch.company_id, customer__in=people)
    GroupMember.objects.filter(membership__in=memberships).delete()
    memberships.update(
        ended_at=at,
        number="",
        birthday=None,
        **{field: "" for field in Contact.__struct_fields__ if field != "birthday"},
    )


def _empty(batch: Import, rows: list[ImportRow]) -> None:
    """What the import filled in of customers known before is emptied again, unless somebody changed it since."""
    known = {
        one.customer_id: one
        for one in Membership.objects.filter(
            company=batch.company_id, customer__in=[row.customer_id for row in rows if row.filled]
        )
    }
    for row in rows:
        membership = known.get(str(row.customer_id))
        if membership is None:
            continue
        checked = msgspec.convert(row.told, Checked)
        told = {"number": checked.number, **msgspec.structs.asdict(checked.contact)}
        for field in row.filled:
            if getattr(membership, field) == told[field]:
                setattr(membership, field, None if field == "birthday" else "")
    Membership.objects.bulk_update(known.values(), ["number", *Contact.__struct_fields__], batch_size=50)
    added = GroupMember.objects.filter(membership__in=known.values(), by=f"import:{batch.pk}")
    added.delete()

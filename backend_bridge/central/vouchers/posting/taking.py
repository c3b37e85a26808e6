"""Taking a voucher up, locked, and putting what has become of it back."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from backend_bridge.central.errors import BooksError
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.errors import VoucherAtTerminal, VoucherNotKnown, VoucherRefused
from backend_bridge.central.vouchers.models import Voucher
from loyalty.vouchers.record import Changed, Outcome, VoucherRecord

_ID = re.compile(r"[0-9a-f]{16}")


class VoucherIs(msgspec.Struct, frozen=True, kw_only=True):
    """What a voucher is after an act. `pending_at` names the terminal that it has to come back from before
    a change is judged; `use` the use that was made or given back, `minor` the money that it moved."""

    voucher: str
    state: str
    on_it_minor: int = 0
    uses_left: int = 0
    use: int = 0
    minor: int = 0
    pending_at: str = ""


class Taken(msgspec.Struct, frozen=True):
    """A locked voucher: its row, its record, and whether it could be used."""

    row: Voucher
    record: VoucherRecord
    was_open: bool


def locked(voucher: str, *, company: str) -> Voucher:
    """The voucher's row until the transaction ends; raises `VoucherNotKnown`, for another company's too."""
    own = Voucher.objects.select_for_update(of=("self",)).filter(company=company)
    row = own.filter(pk=voucher).first() if is_id(voucher) else None
    if row is None:
        raise VoucherNotKnown
    return row


def is_id(voucher: str) -> bool:
    """Whether a voucher could have this id: 16 hex digits, as codes carry it."""
    return _ID.fullmatch(voucher) is not None


def take(voucher: str, posting: Posting) -> Taken:
    """The voucher of the posting's company. Raises `VoucherNotKnown`, and `VoucherAtTerminal` where only a
    terminal may change it."""
    return take_row(homeless(locked(voucher, company=posting.company)), posting)


def take_all(vouchers: Iterable[str], posting: Posting) -> dict[str, Taken]:
    """The same for many, by id: a query for the rows, and one for what is on them."""
    wanted = sorted(set(vouchers))
    if not all(map(is_id, wanted)):
        raise VoucherNotKnown
    found = Voucher.objects.select_for_update(of=("self",)).filter(pk__in=wanted, company=posting.company)
    rows = [homeless(row) for row in found.order_by("pk")]
    if len(rows) != len(wanted):
        raise VoucherNotKnown
    holding = [(records.account_of(row).id, records.lot_of(row.pk)) for row in rows if records.holds_money(row)]
    posting.book.prefetch(places=holding)
    return {row.pk: take_row(row, posting) for row in rows}


def take_row(row: Voucher, posting: Posting) -> Taken:
    """The same for a row that is locked already, wherever its home is."""
    record = records.record_of(row, posting)
    return Taken(row, record, record.is_alive)


def homeless(row: Voucher) -> Voucher:
    """`row` itself; raises `VoucherAtTerminal` where it has a home."""
    if row.home_terminal_id is not None:
        raise VoucherAtTerminal(row.pk, row.home_terminal_id)
    return row


def changed(outcome: Outcome) -> Changed:
    """The outcome; raises `VoucherRefused` for a refusal."""
    if not isinstance(outcome, Changed):
        raise VoucherRefused(outcome)
    return outcome


def as_told(found: Changed, *, minor: int, what: str) -> None:
    """Raises `BooksError` where an act tells another amount than there is."""
    if found.minor != minor:
        raise BooksError(f"{minor} was to be {what}, {found.minor} is there: the voucher has changed meanwhile")


def earnings(row: Voucher) -> AccountRef:
    """Where what is used of a voucher goes: to the sales, or back to who funded one that was given away."""
    if row.purpose == Voucher.Purpose.GIVEN:
        return accounts.voucher_funding(company=row.funded_by_id, currency=row.currency)
    return accounts.sales(company=row.company_id, currency=row.currency)


def leavings(row: Voucher) -> AccountRef:
    """Where what nobody uses goes: the company's breakage, or back to who funded one that was given away."""
    if row.purpose == Voucher.Purpose.GIVEN:
        return accounts.voucher_funding(company=row.funded_by_id, currency=row.currency)
    return accounts.breakage(company=row.company_id, unit=row.currency)


def save(taken: Taken, found: Changed, posting: Posting) -> VoucherIs:
    """Write what has become of a voucher."""
    records.write(taken.row, found.record, at=posting.happened_at)
    taken.row.save()
    return told(taken.row, found)


def told(row: Voucher, found: Changed) -> VoucherIs:
    """The answer of an act."""
    return VoucherIs(
        voucher=row.pk,
        state=row.state,
        on_it_minor=found.record.on_it_minor,
        uses_left=row.uses_left,
        use=0 if found.use is None else found.use.number,
        minor=found.minor,
    )

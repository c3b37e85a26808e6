"""What entries about receipts do to the books (ADR 0021). Everything is judged again by what is known here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.desk.turn import check_id
from backend_bridge.central.errors import CannotPost
from backend_bridge.central.fleet.models import PublishedRules
from backend_bridge.central.ledger import points
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.sales import at_terminals
from backend_bridge.central.sales.models import ReceiptHome
from backend_bridge.central.sales.posting import post_sale
from backend_bridge.central.sales.posting_back import post_reversed
from backend_bridge.central.sales.purses import Purse
from loyalty import rules, selling
from loyalty.acts.sales import GiftTaken
from loyalty.entries import ReceiptReturned, ReceiptReversed, ReceiptSold
from loyalty.errors import LoyaltyError
from loyalty.receipts.receipt import MERCHANDISE
from loyalty.reversal.result import Reversal
from loyalty.reversal.reverse import reverse

if TYPE_CHECKING:
    from backend_bridge.central.desk.postings import Case

#: By how much the moment of a sale and the time of its entry may differ.
_WRITING_MS = 60_000


def post_sold(case: Case, body: ReceiptSold) -> None:
    """Post a receipt out of and into what this journal holds, and note that its reversal is at home there.

    Raises `CannotPost`, `LoyaltyError` for what is not as it was judged, and `BooksError`.
    """
    entry = case.entry
    name = f"{entry.terminal}.{entry.epoch}.{entry.seq}"
    _check_sale(case, body, name=name)
    _check_judged(case, body, name=name)
    act = at_terminals.sale_made(entry, body, branch=case.turn.branch.pk)
    post_sale(act, case.posting, purse=_purse(case))
    ReceiptHome.objects.create(
        cause_id=case.posting.key,
        company_id=case.turn.company.pk,
        number=act.receipt,
        terminal_id=entry.terminal,
        epoch=entry.epoch,
        seq=entry.seq,
        sold=msgspec.msgpack.encode(body),
        back=msgspec.msgpack.encode(()),
    )


def post_taken_back(case: Case, body: ReceiptReversed) -> None:
    """Post a reversal by the terminal that has the right to it. Raises as `post_sold`."""
    entry = case.entry
    home = _home(case, receipt=body.receipt, seq=body.seq)
    sold = msgspec.msgpack.decode(bytes(home.sold), type=ReceiptSold)
    earlier = msgspec.msgpack.decode(bytes(home.back), type=tuple[Reversal, ...])
    if body.number != len(earlier) + 1:
        raise CannotPost(f"reversal {body.number} does not follow {len(earlier)} reversals")
    reversal = reverse(sold.sold, earlier, body.request)
    if reversal != body.reversal or selling.points_back(sold.sale, reversal) != body.lots:
        raise CannotPost("the reversal is not what comes back of this receipt")
    selling.check_gifts(body.gifts, reversal, sold)
    _check_taken(case, body.gifts)
    customer = sold.sale.customer
    member = None if customer is None else customer.customer
    act = at_terminals.sale_reversed(entry, body, branch=case.turn.branch.pk, sale=home.cause_id, member=member)
    post_reversed(act, case.posting, purse=_purse(case))
    home.back = msgspec.msgpack.encode((*earlier, reversal))
    home.save(update_fields=["back"])
    for pool in sorted({gift.pool for gift in body.gifts if gift.debt}):
        points.fill_debts(case.posting, member=str(member), pool=pool)


def post_right_returned(case: Case, body: ReceiptReturned) -> None:
    """The receipt is at home nowhere any more: it can be reversed here. Raises `CannotPost`."""
    _home(case, receipt=body.receipt, seq=body.seq).delete()


def _check_sale(case: Case, body: ReceiptSold, *, name: str) -> None:
    """What a terminal may sell by itself: goods and services, without vouchers and limited campaigns."""
    sale = body.sale
    if sale.receipt.receipt != name:
        # Any other number may be one that a till of this branch will use.
        raise CannotPost("a terminal's receipt has the number of its entry")
    if sale.vouchers or sale.stocks:
        raise CannotPost("this terminal had no vouchers and no shares of limits to judge by")
    if any(line.kind not in MERCHANDISE for line in sale.receipt.lines) or not sale.receipt.lines:
        raise CannotPost("a terminal sells goods and services, at least one")
    told_ms = case.entry.clock.wall_ms + (case.entry.clock.offset_ms or 0)
    if abs(sale.at.timestamp() * 1000 - told_ms) > _WRITING_MS:
        raise CannotPost("the receipt was not sold when its entry was written")
    if sale.customer is None:
        return
    if not Customer.objects.filter(pk=check_id(sale.customer.customer)).exists():
        raise CannotPost("the customer is not known")
    if sale.customer.groups:
        raise CannotPost("a terminal does not know a customer's groups")


def _check_judged(case: Case, body: ReceiptSold, *, name: str) -> None:
    """Raises `CannotPost` or `LoyaltyError` unless the receipt comes to what it says by the rules that it names.

    Where they are not known any more, because they were published after the backup that was restored, the rules that
    are known at this branch decide: a receipt that comes to the same by one of them is right by that one.
    """
    company = PublishedRules.objects.filter(branch__company=case.turn.company)
    # The version is a hash, of the branch too: the terminal may have been moved since.
    named = company.filter(version=case.entry.rules.replace("\0", "")).order_by("pk").first()
    if named is not None:
        selling.check(body, _ready(named), name=name)
        return
    for published in company.filter(branch=case.turn.branch).order_by("-pk").iterator(chunk_size=20):
        with suppress(LoyaltyError, CannotPost):
            selling.check(body, _ready(published), name=name)
            return
    raise CannotPost("the rules that the receipt was judged by are not known, and no others come to the same")


def _ready(published: PublishedRules) -> selling.BranchRules:
    try:
        return _rules_of(bytes(published.data), published.sha256)
    except LoyaltyError as error:
        raise CannotPost(f"the rules cannot judge a receipt: {error}") from error


@lru_cache(maxsize=256)
def _rules_of(data: bytes, sha256: str) -> selling.BranchRules:
    return selling.rules_of(rules.decode(data, sha256=sha256))


def _check_taken(case: Case, gifts: Iterable[GiftTaken]) -> None:
    """Purchased points are never taken for an award: they were paid for."""
    for part in (part for gift in gifts for part in gift.taken):
        lot = case.posting.book.lot(check_id(part.lot))
        if lot is None or lot.origin == points.PURCHASED:
            raise CannotPost("an award is taken back in points that were given, not bought")


def _home(case: Case, *, receipt: str, seq: int) -> ReceiptHome:
    entry = case.entry
    here = ReceiptHome.objects.select_for_update(of=("self",)).filter(
        company=case.turn.company, number=check_id(receipt), terminal=entry.terminal, epoch=entry.epoch, seq=seq
    )
    home = here.first()
    if home is None:
        raise CannotPost("the right to reverse this receipt is not at this terminal")
    return home


def _purse(case: Case) -> Purse:
    def escrow(member: str, pool: str) -> AccountRef:
        return case.escrow(member=member, pool=pool)

    return escrow

"""What the entries of a batch read and write besides the books: read at once before, written at once after.

An entry is still judged by itself, in its order, against what the ones before it have done. What it wants
written is noted here as its last step, so that an entry that fails has noted nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.customers.models import Membership
from backend_bridge.central.desk.turn import Turn, is_id
from backend_bridge.central.fleet import epochs
from backend_bridge.central.fleet.models import Grant, JournalClosing
from backend_bridge.central.ledger import accounts, redemptions
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Redemption
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool, accepted_pools
from loyalty.entries import Entry, GrantTaken, PointsSpent, RightsReturned
from loyalty.rights import LotSpend


class Batch:
    """Entries of one journal (`turn.terminal`, `epoch`) that are posted together."""

    def __init__(self, turn: Turn, epoch: int) -> None:
        self._turn = turn
        self._epoch = epoch
        self._grants: dict[str, str] = {}
        self._taken: list[str] = []
        self._redeemed: list[Redemption] = []
        self._met: set[str] = set()

    @cached_property
    def pools(self) -> dict[str, Pool]:
        """The pools that the terminal's company accepts."""
        return {pool.pk: pool for pool in accepted_pools(self._turn.company)}

    @cached_property
    def closing(self) -> JournalClosing | None:
        """How the journal was closed before these entries came; None: it was not."""
        return epochs.closing_of(self._turn.terminal.pk, epoch=self._epoch)

    def prefetch(self, entries: Iterable[Entry], book: Book) -> None:
        """Read what `entries` are about: grants here; lots, holdings and debts in `book`. It changes nothing."""
        bodies = [entry.body for entry in entries]
        grants = {body.grant for body in bodies if isinstance(body, GrantTaken) and is_id(body.grant)}
        if grants:
            here = Grant.objects.filter(pk__in=grants, terminal=self._turn.terminal, epoch=self._epoch)
            self._grants.update(here.values_list("pk", "member"))
        moved = list(_moved(bodies))
        book.prefetch(lots={spend.lot for _member, spend, _back in moved})
        places, debtors = set(), set()
        for member, spend, back in moved:
            lot = book.lot(spend.lot)
            if lot is not None and lot.member == member:
                places.add((self._escrow(member, lot.unit), lot.id))
                if back:
                    debtors.add((member, lot.unit))
        book.prefetch(places=places, debtors=debtors)

    def take(self, grant: str, *, member: str) -> bool:
        """Note that `grant` was journaled; False where it was not given to `member` in this journal."""
        if self._grants.get(grant) != member:
            return False
        self._taken.append(grant)
        return True

    def redeem(self, spent: PointsSpent, posting: Posting) -> None:
        """Note what was paid with points, and that the company knows the customer."""
        branch = self._turn.branch.pk
        self._redeemed.append(redemptions.row_of(spent, entry=posting.key, branch=branch, at=posting.happened_at))
        self._met.add(spent.member)

    def write(self) -> None:
        """Write what was noted. Raises `IntegrityError` as the database does."""
        if self._taken:
            Grant.objects.filter(pk__in=self._taken).update(status=Grant.Status.TAKEN)
        redemptions.record(self._redeemed)
        self._meet()
        self._taken, self._redeemed, self._met = [], [], set()

    def _meet(self) -> None:
        if not self._met:
            return
        company = self._turn.company.pk
        known = Membership.objects.filter(company=company, customer__in=self._met).values_list("customer", flat=True)
        for customer in sorted(self._met.difference(known)):
            meet(customer=customer, company=company, at=self._turn.at)

    def _escrow(self, member: str, pool: str) -> str:
        terminal = self._turn.terminal.pk
        return accounts.escrow(member=member, pool=pool, terminal=terminal, epoch=self._epoch).id


def _moved(bodies: Iterable[object]) -> Iterator[tuple[str, LotSpend, bool]]:
    """Member, lot and points of all that is spent and (True) given back, as far as the ids can be ids."""
    for body in bodies:
        if isinstance(body, PointsSpent | RightsReturned):
            for spend in body.lots:
                if is_id(spend.lot):
                    yield body.member, spend, isinstance(body, RightsReturned)

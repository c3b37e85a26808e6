"""What the entries of a turn read and write besides the books: read at once before, written at once after.

An entry is still judged by itself, in its order, against what the ones before it have done. What it wants
written is noted here as its last step, so that an entry that fails has noted nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from backend_bridge.central.customers.knowing import meet_all
from backend_bridge.central.desk.turn import Turn, is_id
from backend_bridge.central.fleet import epochs
from backend_bridge.central.fleet.models import Grant, JournalClosing
from backend_bridge.central.ledger import accounts, lookup, redemptions, rows
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.book import Book, Place
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Company, Pool, accepted_pools
from loyalty.entries import Entry, GrantTaken, PointsSpent, RightsReturned

_KNOWN = {
    "sqlite": "SELECT m.company_id, m.customer_id FROM json_each(%s) w CROSS JOIN customers_membership m"
    " ON m.company_id = json_extract(w.value, '$[0]') AND m.customer_id = json_extract(w.value, '$[1]')",
    "postgresql": "SELECT m.company_id, m.customer_id FROM unnest(%s::text[], %s::text[]) AS w(company, customer)"
    " JOIN customers_membership m ON m.company_id = w.company AND m.customer_id = w.customer",
}


class Batch:
    """Entries that are posted together, of one journal or of many."""

    def __init__(self) -> None:
        self.instants = rows.Instants()
        self._pools: dict[str, dict[str, Pool]] = {}
        #: By terminal and epoch.
        self._closings: dict[tuple[str, int], JournalClosing | None] = {}
        self._escrows: dict[tuple[str, str, str, int], AccountRef] = {}
        #: Whose grant it is: terminal, epoch, member.
        self._grants: dict[str, tuple[str, int, str]] = {}
        self._taken: list[str] = []
        self._redeemed: list[redemptions.Row] = []
        #: Company and customer.
        self._met: set[tuple[str, str]] = set()

    def pools(self, company: Company) -> dict[str, Pool]:
        """The pools that `company` accepts."""
        known = self._pools.get(company.pk)
        if known is None:
            known = self._pools[company.pk] = {pool.pk: pool for pool in accepted_pools(company)}
        return known

    def closing_of(self, terminal: str, epoch: int) -> JournalClosing | None:
        """How this journal was closed before these entries came; None: it was not."""
        key = (terminal, epoch)
        if key not in self._closings:
            self._closings[key] = epochs.closing_of(terminal, epoch=epoch)
        return self._closings[key]

    def read_closings(self, journals: Collection[tuple[str, int]]) -> None:
        """Read how these journals (terminal, epoch) were closed, if they were."""
        self._closings.update(dict.fromkeys(journals))
        terminals, epochs_of_all = {terminal for terminal, _ in journals}, {epoch for _, epoch in journals}
        for row in JournalClosing.objects.filter(terminal__in=terminals, epoch__in=epochs_of_all):
            self._closings[row.terminal_id, row.epoch] = row

    def escrow(self, entry: Entry, *, member: str, pool: str) -> AccountRef:
        """What the journal of `entry` holds of `member`'s points."""
        key = (member, pool, entry.terminal, entry.epoch)
        known = self._escrows.get(key)
        if known is None:
            made = accounts.escrow(member=member, pool=pool, terminal=entry.terminal, epoch=entry.epoch)
            known = self._escrows[key] = made
        return known

    def prefetch(self, wanted: Sequence[tuple[Turn, Entry]], book: Book) -> None:
        """Read what these entries are about: grants here; lots, holdings and debts in `book`. It changes nothing."""
        grants = {entry.body.grant for _turn, entry in wanted if isinstance(entry.body, GrantTaken)}
        self._read_grants(grant for grant in grants if is_id(grant))
        moving = [
            (entry, entry.body) for _turn, entry in wanted if isinstance(entry.body, PointsSpent | RightsReturned)
        ]
        book.prefetch(lots={spend.lot for _entry, body in moving for spend in body.lots if is_id(spend.lot)})
        places: set[Place] = set()
        debtors: set[tuple[str, str]] = set()
        for entry, body in moving:
            for spend in body.lots:
                lot = book.lot(spend.lot) if is_id(spend.lot) else None
                if lot is not None and lot.member == body.member:
                    places.add((self.escrow(entry, member=body.member, pool=lot.unit).id, lot.id))
                    if isinstance(body, RightsReturned):
                        debtors.add((body.member, lot.unit))
        book.prefetch(places=places, debtors=debtors)

    def knows(self, entry: Entry, body: GrantTaken) -> bool:
        """Whether the grant was given to the journal of `entry`, as the books know without it."""
        return self._grants.get(body.grant) == (entry.terminal, entry.epoch, body.member)

    def take(self, grant: str, entry: Entry, *, member: str) -> bool:
        """Note that `grant` was journaled; False where it was not given to `member` in the journal of `entry`."""
        if self._grants.get(grant) != (entry.terminal, entry.epoch, member):
            return False
        self._taken.append(grant)
        return True

    def redeem(self, spent: PointsSpent, posting: Posting, turn: Turn) -> None:
        """Note what was paid with points, and that the company knows the customer."""
        row = redemptions.row_of(spent, entry=posting.key, branch=turn.branch.pk, at=self.instants[posting.happened_at])
        self._redeemed.append(row)
        self._met.add((turn.company.pk, spent.member))

    def write(self, *, at: dt.datetime) -> None:
        """Write what was noted. Raises `IntegrityError` as the database does."""
        if self._taken:
            Grant.objects.filter(pk__in=self._taken).update(status=Grant.Status.TAKEN)
        redemptions.record(self._redeemed)
        if self._met:
            meet_all(self._met.difference(lookup.read_set(_KNOWN, self._met, columns=2)), at=at)
        self._taken, self._redeemed, self._met = [], [], set()

    def _read_grants(self, grants: Iterable[str]) -> None:
        wanted = list(grants)
        if wanted:
            found = Grant.objects.filter(pk__in=wanted, from_journal=False).values_list(
                "pk", "terminal", "epoch", "member"
            )
            self._grants.update((pk, (terminal, epoch, member)) for pk, terminal, epoch, member in found)

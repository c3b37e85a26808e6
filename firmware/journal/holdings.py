"""What the journal's database says about one member: rights, changes, the last known balance.

Reads only, but for the copy of the central system's last word on a balance, which is a convenience
and no truth: losing it loses no point.
"""

from __future__ import annotations

import msgspec

from firmware.journal import consequences
from firmware.journal.errors import recording
from firmware.journal.storage import Connection
from firmware.terminal.model import BalanceView, PoolView, RecentSpend
from loyalty.rights import LotRight, held_points
from loyalty.rules import RulesBundle
from loyalty.wire.messages import Balance

#: How long a redemption's code is shown again to the same customer.
RECENT_MS = 15 * 60_000

_balance = msgspec.msgpack.Decoder(Balance)


class Holdings:
    """The reading side of a journal's database."""

    def __init__(self, database: Connection) -> None:
        self._database = database

    def remember(self, balance: Balance) -> None:
        """Keep the central system's last word on a card."""
        with recording():
            self._database.execute(
                "INSERT OR REPLACE INTO known_balance VALUES (?, ?, ?)",
                (balance.card, balance.member, msgspec.msgpack.encode(balance)),
            )

    def forget(self, card: str) -> None:
        """The card is unknown or blocked: what was known is not shown again."""
        with recording():
            self._database.execute("DELETE FROM known_balance WHERE card = ?", (card,))

    def known(self, *, card: str | None = None, member: str | None = None) -> Balance | None:
        """The last word on a card, or the last on any card of a member."""
        rows = self._database.execute("SELECT balance FROM known_balance WHERE card = ? OR member = ?", (card, member))
        words = [_balance.decode(balance) for (balance,) in rows]
        return max(words, key=lambda word: (word.applied_seq, word.at_ms), default=None)

    def rights(self, member: str) -> tuple[LotRight, ...]:
        """The lots held here for `member`."""
        return consequences.held_by(self._database, member)

    def members(self) -> list[str]:
        """Everyone for whom something is held here."""
        rows = self._database.execute("SELECT member FROM lot_right UNION SELECT member FROM coupon_right")
        return [member for (member,) in rows]

    def coupons(self, member: str) -> list[str]:
        """The coupons whose home is here for `member`."""
        rows = self._database.execute("SELECT coupon FROM coupon_right WHERE member = ?", (member,))
        return [coupon for (coupon,) in rows]

    def has_grant(self, grant: str) -> bool:
        """Whether the grant is in the journal already."""
        row = self._database.execute("SELECT 1 FROM taken_grant WHERE grant_id = ?", (grant,)).fetchone()
        return row is not None

    def view(
        self,
        member: str,
        *,
        rules: RulesBundle,
        at_ms: int,
        latest_ms: int | None = None,
        fresh: bool,
        known: Balance | None = None,
    ) -> BalanceView:
        """What `member` has, as this terminal knows it: the last word (`known`, or the one that was
        kept), and what was journaled since. What may have expired by `latest_ms`, the latest that it can
        be (None: `at_ms` is certain), is not held."""
        if known is None:
            known = self.known(member=member)
        rights = self.rights(member)
        latest_ms = at_ms if latest_ms is None else latest_ms
        totals = {pool.pool: pool.total for pool in known.pools} if known is not None else {}
        after = known.applied_seq if known is not None else -1
        return BalanceView(
            member=member,
            pools=tuple(
                self._pool_view(
                    member,
                    rule.pool,
                    total=totals.get(rule.pool, 0),
                    after=after,
                    minimum=rule.minimum_balance,
                    held=held_points(rights, member=member, pool=rule.pool, at_ms=latest_ms),
                )
                for rule in rules.pools
            ),
            as_of_ms=known.at_ms if known is not None else 0,
            fresh=fresh,
            recent=self._recent(member, at_ms),
        )

    def _pool_view(self, member: str, pool: str, *, total: int, after: int, minimum: int, held: int) -> PoolView:
        changed = self._database.execute(
            "SELECT coalesce(sum(points), 0) FROM change WHERE member = ? AND pool = ? AND seq > ?",
            (member, pool, after),
        ).fetchone()[0]
        unlocked = self._database.execute(
            "SELECT 1 FROM unlocked WHERE member = ? AND pool = ?", (member, pool)
        ).fetchone()
        # Points earned here alone must reach the threshold by themselves (design, 7).
        spendable = held if unlocked is not None or held >= minimum else 0
        return PoolView(pool=pool, total=total + changed, held=held, spendable_here=spendable, provisional=changed)

    def _recent(self, member: str, at_ms: int) -> RecentSpend | None:
        row = self._database.execute(
            "SELECT reward, code, at_ms FROM spend WHERE member = ? AND at_ms > ? ORDER BY seq DESC LIMIT 1",
            (member, at_ms - RECENT_MS),
        ).fetchone()
        return RecentSpend(reward=row[0], code=row[1], at_ms=row[2]) if row is not None else None

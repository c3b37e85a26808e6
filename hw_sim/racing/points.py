"""What is raced for. Each event lays out its prizes, sends one request, and says what has to be left.

Runs in processes of its own, with Django set up; is imported by nobody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from backend_bridge.central.acting import judge, perform
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Holding
from backend_bridge.central.ledger.posting import Posting
from hw_sim.racing.course import Prize, Start
from loyalty.acts.points import PointsOpened, RightsGranted
from loyalty.errors import NotEnoughRights
from loyalty.rights import choose_lots

AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
AT_MS = int(AT.timestamp() * 1000)
COMPANY, POOL, PROGRAMME = "de-molen", "bread-points", "tapbon"
TERMINAL, EPOCH = "racing-1", 1
#: A lot for each of these many points, so that a spend takes several.
_LOT = 37


class Refused(Exception):
    """There is not enough for this request."""


class Event(Protocol):
    """One thing to race for."""

    def lay_out(self, count: int) -> tuple[list[Prize], list[Start]]:
        """Make what is raced for, and about `count` requests for it."""

    def run(self, start: Start) -> Any:
        """Send one request; its result. Raises `Refused`, and `LostRace` where it has to be sent again."""

    def left(self, prize: Prize, taken: Sequence[Start]) -> list[str]:
        """What is wrong with what is left of `prize`, once these requests have got their part."""


def enrol(name: str) -> str:
    """A new customer; the pseudonym."""
    Customer.objects.create(id=name, programme_id=PROGRAMME, username=name, created_at=AT)
    return name


def open_points(member: str, points: int, *, number: int = 0) -> None:
    """`member` has had these points from before."""
    act = PointsOpened(lot=f"lot-{member}-{number}", member=member, pool=POOL, points=points, issuer=COMPANY)
    perform(act, key=f"open/{member}/{number}", company=COMPANY, by="racing", at=AT)


class Points:
    """Points in main accounts, taken into a terminal's escrow: an account is not overspent."""

    def lay_out(self, count: int) -> tuple[list[Prize], list[Start]]:
        """Eight accounts; three times as many requests as each can pay."""
        prizes, starts = [], []
        Terminal.objects.get_or_create(id=TERMINAL, defaults={"branch_id": "zuid", "public": "0" * 64})
        for number in range(8):
            member, amount, each = enrol(f"racer-{number}"), 5 + number, count // 8
            total = amount * (each // 3) + number
            for lot, begins in enumerate(range(0, total, _LOT)):
                open_points(member, min(_LOT, total - begins), number=lot)
            prizes.append(Prize(event="points", subject=member, affordable=total // amount))
            starts += [
                Start(event="points", key=f"spend/{member}/{n}", subject=member, who=member, amount=amount)
                for n in range(each)
            ]
        return prizes, starts

    def run(self, start: Start) -> Any:
        """Judged and posted in one go, as a till does it."""

        def decide(posting: Posting) -> RightsGranted:
            rights = posting.rights_in(accounts.main(member=start.subject, pool=POOL))
            try:
                lots = choose_lots(rights, member=start.subject, pool=POOL, points=start.amount, at_ms=AT_MS)
            except NotEnoughRights as error:
                raise Refused from error
            return RightsGranted(grant=start.key, terminal=TERMINAL, epoch=EPOCH, member=start.subject, lots=lots)

        return judge(decide, key=start.key, company=COMPANY, by="racing", at=AT).act

    def left(self, prize: Prize, taken: Sequence[Start]) -> list[str]:
        """What was taken is in the escrow, to the point."""
        there = accounts.escrow(member=prize.subject, pool=POOL, terminal=TERMINAL, epoch=EPOCH)
        held = sum(Holding.objects.filter(account=there.id).values_list("amount", flat=True))
        wanted = sum(start.amount for start in taken)
        return [] if held == wanted else [f"{prize.subject}: {wanted} points were granted, {held} are there"]

"""Staff and tills: they give points in the central system while everything else goes on. Needs Django set up."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.instants import from_ms
from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.ground import Ground
from hw_sim.fleet.programme import BAKERY, BAR, BREAD, CUSTOMERS, NETWORK


class Staff:
    """See the module."""

    def __init__(self, ground: Ground, exchange: Exchange) -> None:
        self._ground = ground
        self._exchange = exchange

    def gives(self) -> None:
        """Points for a customer; some of them will expire."""
        ground = self._ground
        if not self._exchange.central_up:
            return
        member = ground.chance.choice(CUSTOMERS).id
        company, pool = ground.chance.choice([(BAKERY, BREAD), (BAR, NETWORK), (BAKERY, NETWORK)])
        points = ground.between(5, 160)
        expires_at: dt.datetime | None = None
        if ground.happens(0.2):
            expires_at = from_ms(ground.now_ms) + dt.timedelta(seconds=ground.between(20, 200_000))
        ground.operation("gift", f"{points} {pool} for {member[:6]}")

        def give() -> None:
            self._exchange.central.give(company=company, member=member, pool=pool, points=points, expires_at=expires_at)

        self._exchange.attempt(give)

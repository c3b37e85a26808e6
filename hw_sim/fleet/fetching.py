"""How a simulated terminal gets its rules: announced over the link, fetched beside it, kept on its disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

from hw_sim.fleet.exchange import Exchange
from hw_sim.fleet.ground import Ground
from loyalty.rules import RulesBundle, decode
from loyalty.wire.link import RulesArrived
from loyalty.wire.messages import RulesAnnounced

_AGAIN_MS = 5_000


class Fetching:
    """As `backend_bridge.link.rules_fetcher` does it. `arrived` takes what was fetched, or was here already."""

    def __init__(
        self,
        ground: Ground,
        exchange: Exchange,
        *,
        terminal: str,
        arrived: Callable[[RulesArrived], None],
    ) -> None:
        self._ground = ground
        self._exchange = exchange
        self._terminal = terminal
        self._arrived = arrived
        self._data: bytes | None = None
        self._handed_on = False
        self._wanted: RulesAnnounced | None = None

    def kept(self) -> RulesBundle | None:
        """What a start finds on the disk."""
        self._wanted, self._handed_on = None, self._data is not None
        return None if self._data is None else _bundle(self._data)

    def end(self) -> None:
        """The process is gone."""
        self._wanted = None

    def announced(self, announced: RulesAnnounced) -> None:
        """This bundle is in force."""
        if self._data is None or hashlib.sha256(self._data).hexdigest() != announced.sha256:
            self._wanted = announced
            self._ground.timeline.after(self._ground.between(20, 400), lambda: self._fetch(announced))
        elif not self._handed_on:
            self._hand_on(self._data)

    def _fetch(self, announced: RulesAnnounced) -> None:
        """Over HTTPS, again until it is here, or another one is wanted."""
        if self._wanted is not announced:
            return
        data = None
        if not self._exchange.lines[self._terminal].cut and self._exchange.central_up:
            data = self._exchange.central.rules_bytes(self._terminal, announced.sha256)
        if data is None:
            self._ground.timeline.after(_AGAIN_MS, lambda: self._fetch(announced))
            return
        self._wanted, self._data = None, data
        self._hand_on(data)

    def _hand_on(self, data: bytes) -> None:
        self._handed_on = True
        self._arrived(RulesArrived(_bundle(data), data))


@cache
def _bundle(data: bytes) -> RulesBundle:
    """Decoded once for all terminals: the same bytes are the same rules."""
    return decode(data, sha256=hashlib.sha256(data).hexdigest())

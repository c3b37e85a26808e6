"""A lot as the books know it, without a row of the database behind it."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.instants import ms_or_none, to_ms
from loyalty.rights import LotRight


class LotFacts(msgspec.Struct, frozen=True, gc=False):
    """A named part of value. Vouchers' lots have no member."""

    id: str
    unit: str
    member: str | None
    issuer: str
    origin: str
    expires_at: dt.datetime | None
    created_at: dt.datetime

    def right(self, points: int) -> LotRight:
        """`points` of it, as `loyalty.rights` chooses among lots."""
        return LotRight(
            lot=self.id,
            member=self.member or "",
            pool=self.unit,
            points=points,
            issuer=self.issuer,
            origin=self.origin,
            expires_ms=ms_or_none(self.expires_at),
            created_ms=to_ms(self.created_at),
        )

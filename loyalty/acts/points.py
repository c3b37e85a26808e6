"""Points that are given by hand or by a rule, and rights that are granted to a terminal."""

from __future__ import annotations

import msgspec

from loyalty.acts.clocked import Clocked
from loyalty.rights import LotSpend


class PointsGiven(Clocked, frozen=True, kw_only=True, tag="points_given"):
    """`points` of `pool` are given to `member` by `issuer`; `expires_ms` is Unix time, or None.

    `origin` is earned or goodwill. `reason` is the issuer's own word, without personal data.
    """

    member: str
    pool: str
    points: int
    issuer: str
    origin: str = "goodwill"
    expires_ms: int | None = None
    reason: str = ""


class PointsOpened(Clocked, frozen=True, kw_only=True, tag="points_opened"):
    """`member` had these points before this system knew them: the lot `lot`, given at `created_ms` by `issuer`."""

    lot: str
    member: str
    pool: str
    points: int
    issuer: str
    origin: str = "earned"
    created_ms: int | None = None
    expires_ms: int | None = None


class RightsGranted(msgspec.Struct, frozen=True, kw_only=True, tag="rights_granted"):
    """A terminal's journal (`epoch`) got rights: `lots` of `pool` by lot, or the home of `coupon`."""

    grant: str
    terminal: str
    epoch: int
    member: str
    lots: tuple[LotSpend, ...] = ()
    coupon: str | None = None

"""Opening balances that came with an older system's customers, many at once, and their taking back (D3)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.acts.clocked import Clocked
from loyalty.bounds import Id

#: The most lots that one act opens or takes back.
MOST_LOTS = 1000
Points = Annotated[int, Meta(ge=1, le=10**12)]


class OpenedLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`points` of `pool` that `member` had before, given at `created_ms`; they expire at `expires_ms`, or never."""

    lot: Id
    member: Id
    pool: Id
    points: Points
    origin: str = "earned"
    created_ms: int | None = None
    expires_ms: int | None = None


class BalancesOpened(Clocked, frozen=True, kw_only=True, tag="balances_opened", forbid_unknown_fields=True):
    """Lots of `issuer` that an older system knew."""

    issuer: Id
    lots: Annotated[tuple[OpenedLot, ...], Meta(min_length=1, max_length=MOST_LOTS)]


class WithdrawnLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot that was opened and never touched."""

    lot: Id
    member: Id
    pool: Id
    points: Points


class BalancesWithdrawn(
    msgspec.Struct, frozen=True, kw_only=True, tag="balances_withdrawn", forbid_unknown_fields=True
):
    """Opened lots that `issuer` has taken back, each whole; none where all of them were touched."""

    issuer: Id
    lots: Annotated[tuple[WithdrawnLot, ...], Meta(max_length=MOST_LOTS)]

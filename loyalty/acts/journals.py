"""What the central system does with a terminal's journal as a whole: its rights go back, its risk is borne."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import Id

#: The most lots that one act moves; a journal that holds more takes several.
MOST_LOTS = 1000
Points = Annotated[int, Meta(ge=1, le=10**12)]
Epoch = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class FrozenLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a journal's escrow holds of a member's lot."""

    lot: Id
    member: Id
    pool: Id
    points: Points


class Rights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the journal (terminal, epoch) holds: `lots`, `coupons` whose home it is, and `grants` that it has not
    taken and never will. `bearer` is the company that is charged with what turns up of the journal later."""

    terminal: Id
    epoch: Epoch
    bearer: Id
    lots: Annotated[tuple[FrozenLot, ...], Meta(max_length=MOST_LOTS)] = ()
    coupons: tuple[Id, ...] = ()
    grants: tuple[Id, ...] = ()


class RightsReleased(Rights, frozen=True, kw_only=True, tag="rights_released", forbid_unknown_fields=True):
    """A journal that has ended is applied to its end: what it still holds goes back to the members. The same
    for what comes into a journal after it was closed."""


class RightsWrittenOff(Rights, frozen=True, kw_only=True, tag="rights_written_off", forbid_unknown_fields=True):
    """Two people have signed that a journal is lost: what it holds, as far as is known, goes back."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    asked_by: Annotated[str, Meta(min_length=1, max_length=100)]
    confirmed_by: Annotated[str, Meta(min_length=1, max_length=100)]


class GrantLapsed(msgspec.Struct, frozen=True, kw_only=True, tag="grant_lapsed", forbid_unknown_fields=True):
    """A grant from before a restore that its terminal never took: its journal was replayed to the end without it."""

    grant: Id
    terminal: Id
    epoch: Epoch
    member: Id
    lots: Annotated[tuple[FrozenLot, ...], Meta(max_length=MOST_LOTS)] = ()
    coupon: Id | None = None


class RiskBorne(msgspec.Struct, frozen=True, kw_only=True, tag="risk_borne", forbid_unknown_fields=True):
    """A spend that was posted (journal entry `entry`) is not the member's to pay: `bearer` gives the points back."""

    entry: Annotated[str, Meta(min_length=1, max_length=140)]
    member: Id
    pool: Id
    bearer: Id
    lots: Annotated[tuple[FrozenLot, ...], Meta(min_length=1, max_length=MOST_LOTS)]

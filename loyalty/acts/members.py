"""Points of people who are invited and have not joined yet (B7): given, accepted, or given back."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.acts.clocked import Clocked
from loyalty.acts.vouchers import VoucherId
from loyalty.bounds import Id

Points = Annotated[int, Meta(ge=1, le=10**12)]


class PointsWaiting(msgspec.Struct, frozen=True, kw_only=True, tag="points_waiting", forbid_unknown_fields=True):
    """`issuer` gave `points` of `pool` to `member`, who has not accepted `invitation` yet: they wait, unspendable.

    `expires_ms` is Unix time, or None. `reason` is the issuer's own word, without personal data.
    """

    invitation: Id
    member: Id
    pool: Id
    points: Points
    issuer: Id
    origin: str = "earned"
    expires_ms: int | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


class WaitingLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All the points of a lot that waited."""

    pool: Id
    lot: Id
    points: Points


class InvitationAccepted(Clocked, frozen=True, kw_only=True, tag="invitation_accepted", forbid_unknown_fields=True):
    """`member` accepted the invitation of `company`: what waited is theirs. `account` is `member`, or another
    account that this person had in the programme before: there each lot begins anew on the same terms, and
    `vouchers` that `member` had are that account's."""

    invitation: Id
    member: Id
    account: Id
    company: Id
    lots: tuple[WaitingLot, ...] = ()
    vouchers: tuple[VoucherId, ...] = ()


class InvitationEnd(StrEnum):
    """How an invitation ends that is not accepted."""

    DECLINED = "declined"
    EXPIRED = "expired"


class InvitationEnded(msgspec.Struct, frozen=True, kw_only=True, tag="invitation_ended", forbid_unknown_fields=True):
    """The invitation of `company` was declined or not accepted in time: what waited is the company's again."""

    invitation: Id
    member: Id
    company: Id
    how: InvitationEnd
    lots: tuple[WaitingLot, ...] = ()

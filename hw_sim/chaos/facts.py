"""What a run works with, as its customers know it: their cards, the coupons in their hands, the poster of rewards."""

from __future__ import annotations

import msgspec


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a card: the number on it in hex, and the id that the central system knows them by."""

    name: str
    uid: str
    member: str


class CouponFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A printed coupon: its id, the text of its code, and the points that it gives."""

    id: str
    text: str
    points: int


class RewardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a poster in the shop says of a reward; `label` is what its button begins with."""

    id: str
    pool: str
    points: int
    label: str


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that lies ready for a run. `demo` are the customers whose cards lie at the workbench, by name."""

    customers: tuple[CustomerFacts, ...]
    demo: dict[str, CustomerFacts]
    coupons: tuple[CouponFacts, ...]
    rewards: tuple[RewardFacts, ...]

"""What a customer can redeem: here and now, with a connection, or not yet (X5).

Screens and machine both ask here, so that a reward that looks payable is payable.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from firmware.terminal.model import BalanceView, Terminal
from loyalty.rules import PoolRule, Reward, RulesBundle, TrustRule


class Standing(enum.Enum):
    """How a reward stands for this customer at this moment."""

    PAYABLE = "payable"
    NEEDS_CONNECTION = "needs_connection"
    TOO_FEW = "too_few"
    BELOW_MINIMUM = "below_minimum"
    TRUST_TOO_LOW = "trust_too_low"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A reward with its standing; `missing` points are wanted still (or up to the minimum)."""

    reward: Reward
    standing: Standing
    missing: int = 0


def offers(terminal: Terminal) -> tuple[Offer, ...]:
    """Every reward of the rules with its standing; none before the balance is known."""
    if terminal.rules is None or terminal.visit is None or terminal.visit.balance is None:
        return ()
    return tuple(
        offer_of(
            reward,
            rules=terminal.rules,
            balance=terminal.visit.balance,
            trust=terminal.rules.trust_of(terminal.visit.trust),
            link=terminal.devices.link,
        )
        for reward in terminal.rules.rewards
    )


def offer_of(reward: Reward, *, rules: RulesBundle, balance: BalanceView, trust: TrustRule, link: bool) -> Offer:
    """How one reward stands."""
    view = balance.pool(reward.pool)
    rule = rules.pool(reward.pool)
    minimum = rule.minimum_balance if isinstance(rule, PoolRule) else 0
    allowed = trust.spend_online if link else trust.spend_offline
    if not (trust.spend_online or trust.spend_offline):
        return Offer(reward=reward, standing=Standing.TRUST_TOO_LOW)
    if allowed and view.spendable_here >= reward.points:
        return Offer(reward=reward, standing=Standing.PAYABLE)
    if view.total < minimum:
        return Offer(reward=reward, standing=Standing.BELOW_MINIMUM, missing=minimum - view.total)
    if view.total < reward.points:
        return Offer(reward=reward, standing=Standing.TOO_FEW, missing=reward.points - view.total)
    if link:
        return Offer(reward=reward, standing=Standing.PAYABLE if allowed else Standing.TRUST_TOO_LOW)
    return Offer(reward=reward, standing=Standing.NEEDS_CONNECTION)

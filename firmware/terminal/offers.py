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
    HINDERED = "hindered"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A reward with its standing; `missing` points are wanted still (or up to the minimum).

    `here`: what is held here pays it now, nobody has to be asked. `hindrance` is the `Reason`'s name why what
    is held may not be spent (`HINDERED`).
    """

    reward: Reward
    standing: Standing
    missing: int = 0
    here: bool = False
    hindrance: str | None = None


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
    """How one reward stands.

    A connection over which nobody has answered in this visit is none, as far as what is held here goes.
    """
    view = balance.pool(reward.pool)
    rule = rules.pool(reward.pool)
    minimum = rule.minimum_balance if isinstance(rule, PoolRule) else 0
    alone = is_alone(balance, link=link)
    allowed = trust.spend_offline if alone else trust.spend_online
    hindrance = balance.hindrance if alone else None
    enough = view.spendable_here >= reward.points
    if not (trust.spend_online or trust.spend_offline):
        return Offer(reward=reward, standing=Standing.TRUST_TOO_LOW)
    if allowed and enough and hindrance is None:
        return Offer(reward=reward, standing=Standing.PAYABLE, here=True)
    if view.total < max(minimum, reward.points):
        short = Standing.BELOW_MINIMUM if view.total < minimum else Standing.TOO_FEW
        needed = minimum if view.total < minimum else reward.points
        return Offer(reward=reward, standing=short, missing=needed - view.total)
    if link:
        # What is missing here is asked for, and then the central system judges the card.
        return Offer(reward=reward, standing=Standing.PAYABLE if trust.spend_online else Standing.TRUST_TOO_LOW)
    if allowed and enough:
        return Offer(reward=reward, standing=Standing.HINDERED, hindrance=hindrance)
    return Offer(reward=reward, standing=Standing.NEEDS_CONNECTION)


def is_alone(balance: BalanceView, *, link: bool) -> bool:
    """Whether nobody but this terminal judges what `balance` allows: then the rules for offline count."""
    return not (link and balance.fresh)

"""What a refusal says: why, and what does work instead (design, 14)."""

from __future__ import annotations

from firmware.terminal.model import Reason, Refusal, RewardPending, Terminal
from firmware.terminal.offers import Offer, Standing, is_alone
from loyalty.rules import Reward

_REFUSED_STANDING = {
    Standing.NEEDS_CONNECTION: Reason.NEEDS_CONNECTION,
    Standing.TOO_FEW: Reason.NOT_ENOUGH_POINTS,
    Standing.BELOW_MINIMUM: Reason.BELOW_MINIMUM,
    Standing.TRUST_TOO_LOW: Reason.TRUST_TOO_LOW,
}


def pending_reward(terminal: Terminal) -> Reward | None:
    """The reward that is being paid."""
    pending, rules = terminal.pending, terminal.rules
    if not isinstance(pending, RewardPending) or rules is None:
        return None
    return rules.reward(pending.reward)


def pending_pool(terminal: Terminal) -> str | None:
    """The pool that it is paid from."""
    reward = pending_reward(terminal)
    return reward.pool if reward is not None else None


def without_connection(terminal: Terminal, reason: Reason) -> Refusal:
    """A refusal that offers what does work: what can be spent here, and what with a connection."""
    pool = pending_pool(terminal)
    balance = terminal.visit.balance if terminal.visit is not None else None
    if pool is None or balance is None:
        return Refusal(reason=reason)
    view = balance.pool(pool)
    return Refusal(reason=reason, pool=pool, here=_spendable_now(terminal, pool), online=view.total)


def refusal_of(terminal: Terminal, offer: Offer) -> Refusal:
    """Why a reward cannot be had at this moment."""
    balance = terminal.visit.balance if terminal.visit is not None else None
    view = balance.pool(offer.reward.pool) if balance is not None else None
    rule = terminal.rules.pool(offer.reward.pool) if terminal.rules is not None else None
    needed = rule.minimum_balance if offer.standing is Standing.BELOW_MINIMUM and rule else offer.reward.points
    hindered = Reason.named(offer.hindrance or "") if offer.standing is Standing.HINDERED else None
    return Refusal(
        reason=hindered or _REFUSED_STANDING[offer.standing],
        points=needed,
        pool=offer.reward.pool,
        here=_spendable_now(terminal, offer.reward.pool),
        online=view.total if view else None,
    )


def _spendable_now(terminal: Terminal, pool: str) -> int | None:
    """What can be spent at this moment without asking anybody: nothing while something hinders it."""
    balance = terminal.visit.balance if terminal.visit is not None else None
    if balance is None:
        return None
    hindered = balance.hindrance is not None and is_alone(balance, link=terminal.devices.link)
    return 0 if hindered else balance.pool(pool).spendable_here

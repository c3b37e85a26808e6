"""Notes what people saw and what they were refused: the only witness that is not the code under test.

What somebody could afford is reckoned here from the rows of the ledger and the bytes of journals, not from what
a terminal says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.terminal.model import RecentSpend, Redeemed, Registered, State, Terminal
from hw_sim.checkers.balances_shown import ShownBalance
from hw_sim.checkers.refusals import Attempt
from hw_sim.checkers.shown_once import ShownCode, ShownRegistration
from hw_sim.fleet.programme import REWARDS


@dataclass
class Oracle:
    """What was shown to whom."""

    #: By terminal: the customer whose card was laid on last, and the coupon that they held to the camera last.
    serving: dict[str, str] = field(default_factory=dict)
    scanned: dict[str, str] = field(default_factory=dict)
    codes: dict[str, ShownCode] = field(default_factory=dict)
    registrations: dict[str, ShownRegistration] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    balances: list[ShownBalance] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def look(self, terminal: str, screen: Terminal) -> None:
        """Somebody stands before `terminal` and reads the screen."""
        customer = self.serving.get(terminal)
        if customer is None:
            return
        outcome = screen.outcome
        if screen.state is State.DONE and isinstance(outcome, Redeemed):
            self._saw_code(terminal, customer, code=outcome.code, reward=outcome.reward)
        elif screen.state is State.DONE and isinstance(outcome, Registered):
            coupon = self.scanned[terminal]
            self._saw_registration(ShownRegistration(coupon=coupon, member=customer, points=outcome.points))
        elif screen.state is State.BALANCE and screen.visit is not None and screen.visit.balance is not None:
            recent: RecentSpend | None = screen.visit.balance.recent
            if recent is not None:
                self._saw_code(terminal, customer, code=recent.code, reward=recent.reward)

    def _saw_code(self, terminal: str, customer: str, *, code: str, reward: str) -> None:
        facts = REWARDS[reward]
        shown = ShownCode(
            code=code, member=customer, terminal=terminal, reward=reward, pool=facts.pool, points=facts.points
        )
        before = self.codes.setdefault(code, shown)
        if (before.member, before.reward) != (customer, reward):
            self.wrong.append(f"code {code} was shown to {before.member} for {before.reward}, and then as {shown}")

    def _saw_registration(self, shown: ShownRegistration) -> None:
        before = self.registrations.setdefault(shown.coupon, shown)
        if before != shown:
            self.wrong.append(f"coupon {shown.coupon} was shown as registered twice: {before}, {shown}")

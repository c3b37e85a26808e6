"""What customers saw on screens, at all terminals: it is to be in the ledger afterwards. Knows nothing else.

Thread-safe: every terminal's customers tell it from a thread of their own.
"""

from __future__ import annotations

import threading
from collections import Counter

from hw_sim.chaos.facts import CouponFacts, CustomerFacts, RewardFacts
from hw_sim.checkers.shown_once import ShownCode, ShownRegistration


class Witness:
    """See the module. `rewards` is what posters say."""

    def __init__(self, rewards: dict[str, RewardFacts]) -> None:
        self._rewards = rewards
        self._telling = threading.Lock()
        self._codes: dict[str, ShownCode] = {}
        self._registrations: dict[str, ShownRegistration] = {}
        self._tried = 0
        self._refusals: Counter[str] = Counter()
        self._wrong: list[str] = []

    @property
    def codes(self) -> list[ShownCode]:
        """Every hand-in code that somebody saw."""
        with self._telling:
            return list(self._codes.values())

    @property
    def registrations(self) -> list[ShownRegistration]:
        """Every coupon of which somebody saw that it is on their account."""
        with self._telling:
            return list(self._registrations.values())

    @property
    def tried(self) -> int:
        """How often somebody wanted a reward or held a coupon to the camera."""
        with self._telling:
            return self._tried

    @property
    def refusals(self) -> Counter[str]:
        """How often people were refused, by reason."""
        with self._telling:
            return Counter(self._refusals)

    @property
    def wrong(self) -> list[str]:
        """What cannot be true, whatever is in the ledger."""
        with self._telling:
            return list(self._wrong)

    def saw_attempt(self) -> None:
        """Somebody wants something."""
        with self._telling:
            self._tried += 1

    def saw_refusal(self, reason: str) -> None:
        """Somebody does not get what they want."""
        with self._telling:
            self._refusals[f"refused: {reason}"] += 1

    def saw_code(self, terminal: str, customer: CustomerFacts, *, code: str, reward: str) -> None:
        """`customer` sees on the screen what to hand in; the same as often as they look."""
        facts = self._rewards[reward]
        shown = ShownCode(
            code=code,
            member=customer.member,
            terminal=terminal,
            reward=reward,
            pool=facts.pool,
            points=facts.points,
        )
        with self._telling:
            before = self._codes.setdefault(code, shown)
            # It may be shown again, at another terminal too.
            if (before.member, before.reward) != (shown.member, shown.reward):
                self._wrong.append(f"code {code} was shown as {before}, and then as {shown}")

    def saw_registration(self, terminal: str, customer: CustomerFacts, coupon: CouponFacts) -> None:
        """`customer` sees that `coupon` is on their account."""
        shown = ShownRegistration(coupon=coupon.id, member=customer.member, points=coupon.points)
        with self._telling:
            if self._registrations.setdefault(coupon.id, shown) != shown:
                self._wrong.append(f"{terminal} showed {shown}, it was shown before to somebody else")

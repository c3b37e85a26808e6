"""Refusals are justified: what a terminal holds for a customer, it gives them.

A terminal that refuses everything is never wrong about the books; here it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(kw_only=True)
class Attempt:
    """Somebody wanted a reward. `held` were their points at that terminal when they pressed, by its own journal;
    `owned` all that they had anywhere. `undisturbed`: no fault touched this terminal meanwhile."""

    member: str
    terminal: str
    reward: str
    points: int
    minimum: int
    held: int
    owned: int
    online: bool
    may_spend_offline: bool
    undisturbed: bool = True
    outcome: str = "left"

    @property
    def affordable(self) -> bool:
        """Whether they had what it costs, wherever it was."""
        return self.owned >= max(self.points, self.minimum)

    @property
    def granted(self) -> bool:
        """Whether they got it."""
        return self.outcome == "done"

    @property
    def hindered(self) -> bool:
        """Whether it was refused because the terminal cannot know the time, or who is blocked: what it holds is
        not the question then."""
        return self.outcome in ("refused: clock_unknown", "refused: list_too_old")

    @property
    def refused(self) -> bool:
        """Whether they were told that they do not get it."""
        return self.outcome.startswith("refused")


def check(attempts: Iterable[Attempt]) -> list[str]:
    """Refusals of what was held at that very terminal."""
    return [
        f"{one} was refused, though the points were there"
        for one in attempts
        if one.refused
        and not one.hindered
        and one.undisturbed
        and (one.online or one.may_spend_offline)
        and one.held >= max(one.points, one.minimum)
    ]


def offline_rate(attempts: Iterable[Attempt]) -> tuple[int, int]:
    """Of the redemptions that were tried offline and could be afforded: granted, and all."""
    tried = [one for one in attempts if not one.online and one.affordable and one.outcome != "left"]
    return sum(one.granted for one in tried), len(tried)

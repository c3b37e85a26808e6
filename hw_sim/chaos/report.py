"""What a run did, and what it found wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hw_sim.chaos.books import ENTRIES
from hw_sim.chaos.verdict import Evidence, judge


@dataclass
class Report:
    """See the module. `faults` are the things that were broken, by name; `evidence` is what the run left behind."""

    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    tried: int = 0
    #: What customers were told that they do not get, by reason.
    refusals: Counter[str] = field(default_factory=Counter)
    redemptions: int = 0
    registrations: int = 0
    wrong: list[str] = field(default_factory=list)
    evidence: Evidence | None = None

    def conclude(self, evidence: Evidence) -> None:
        """Take down what was done, and everything that is wrong with it."""
        seen = evidence.witness
        self.evidence = evidence
        self.redemptions, self.registrations = len(seen.codes), len(seen.registrations)
        self.tried, self.refusals = seen.tried, seen.refusals
        self.entries = evidence.books.count(ENTRIES) or 0
        self.wrong += [str(finding) for finding in judge(evidence)]

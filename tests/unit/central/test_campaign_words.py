"""Every reason has a sentence, and every sentence the data that it speaks of."""

from __future__ import annotations

import datetime as dt

import pytest

from backend_bridge.central.campaigns.words import SENTENCES, why
from loyalty.evaluation.result import Kind, NotApplied, Reason


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len({str(sentence) for sentence in SENTENCES.values()}) == len(Reason)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_sentence_can_be_said(reason: Reason) -> None:
    one = NotApplied(
        kind=Kind.CAMPAIGN, id="a", reason=reason, needed=5, have=3, day=dt.date(2026, 3, 4), by=("b", "c")
    )
    told = why(one, names={"b": "Bread"}, amount=lambda amount: f"{amount} points")

    assert told.endswith(".")
    assert "%" not in told
    assert ("Bread, c" in told) == (reason in (Reason.OUTDONE, Reason.NOT_COMBINABLE))
    assert ("5 points" in told) == ("3 points" in told)

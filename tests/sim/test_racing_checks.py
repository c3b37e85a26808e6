"""The checks of a race find what they are for."""

from __future__ import annotations

from hw_sim.racing.checking import winners, wrong_answers
from hw_sim.racing.course import Answer, Course, Outcome, Prize, Start

COURSE = Course(
    prizes=(Prize(event="points", subject="anna", affordable=1),),
    starts=tuple(Start(event="points", key=key, subject="anna", who="anna") for key in ("a", "b")),
)


def told(key: str, answer: Answer = Answer.DONE, result: str = "1") -> Outcome:
    return Outcome(key=key, answer=answer, result=result)


def test_a_fair_race_is_right() -> None:
    outcomes = [told("a"), told("b", Answer.REFUSED, ""), told("a")]
    assert wrong_answers(COURSE, outcomes) == []
    assert [start.key for start in winners(COURSE, outcomes)] == ["a"]


def test_too_many_winners_are_found() -> None:
    [wrong] = wrong_answers(COURSE, [told("a"), told("b")])
    assert wrong == "2 got their part of points anna, 1 can be paid"


def test_a_repeat_with_another_answer_is_found() -> None:
    refused = told("b", Answer.REFUSED, "")
    assert len(wrong_answers(COURSE, [told("a"), told("a", result="2"), refused])) == 1
    assert len(wrong_answers(COURSE, [told("a"), told("a", Answer.REFUSED, ""), refused])) == 1


def test_a_request_without_an_answer_and_one_that_failed_are_found() -> None:
    wrong = wrong_answers(COURSE, [told("a", Answer.FAILED, "OperationalError: x")])
    assert wrong[:2] == ["b was never answered", "a failed: OperationalError: x"]

"""Whether a race went right: everybody got what they were told, and nobody what was not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from hw_sim.racing.course import Answer, Course, Outcome, Start


def wrong_answers(course: Course, outcomes: Sequence[Outcome]) -> list[str]:
    """What is wrong with the answers by themselves, one sentence each."""
    by_key: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_key[outcome.key].append(outcome)
    wrong = [f"{key} was never answered" for key in sorted({one.key for one in course.starts} - by_key.keys())]
    for key, sent in sorted(by_key.items()):
        if failed := {one.result for one in sent if one.answer is Answer.FAILED}:
            wrong.append(f"{key} failed: {'; '.join(sorted(failed))}")
        elif len({(one.answer, one.result) for one in sent}) != 1:
            wrong.append(f"{key} was answered in different ways: {sorted({one.answer.value for one in sent})}")
    won = Counter((start.event, start.subject) for start in winners(course, outcomes))
    for prize in course.prizes:
        if (count := won[prize.event, prize.subject]) != prize.affordable:
            wrong.append(f"{count} got their part of {prize.event} {prize.subject}, {prize.affordable} can be paid")
    return wrong


def winners(course: Course, outcomes: Sequence[Outcome]) -> list[Start]:
    """The requests that got what they wanted."""
    done = {outcome.key for outcome in outcomes if outcome.answer is Answer.DONE}
    return [start for start in course.starts if start.key in done]


def wrong_books(course: Course, won: Sequence[Start]) -> list[str]:
    """What is wrong with what the database has afterwards. For a process in which Django is set up."""
    from backend_bridge.central.ledger.models import Cause
    from backend_bridge.central.ledger.replay import replay_books
    from backend_bridge.central.ledger.verify import verify_books
    from hw_sim.racing.events import EVENTS

    wrong = [*verify_books(), *replay_books().differences]
    due = {start.key for start in course.starts if start.always} | {start.key for start in won}
    posted = set(Cause.objects.filter(key__in=[start.key for start in course.starts]).values_list("key", flat=True))
    wrong += [f"{key} was done, but is not in the books" for key in sorted(due - posted)]
    wrong += [f"{key} is in the books, but was refused" for key in sorted(posted - due)]
    for prize in course.prizes:
        taken = [start for start in won if (start.event, start.subject) == (prize.event, prize.subject)]
        wrong += EVENTS[prize.event].left(prize, taken)
    return wrong

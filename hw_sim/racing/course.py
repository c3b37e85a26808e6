"""What is raced for, and the requests that race. Plain values, so that they travel between processes."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Prize(msgspec.Struct, frozen=True, kw_only=True):
    """A thing of which there is too little: exactly `affordable` requests can have their part of it."""

    event: str
    subject: str
    affordable: int


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a part of `subject`, by `who`, under the key of its cause. `always`: something is posted
    under it even where the part is refused."""

    event: str
    key: str
    subject: str
    who: str
    amount: int = 0
    always: bool = False


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is raced for, and every request once."""

    prizes: tuple[Prize, ...]
    starts: tuple[Start, ...]


class Answer(StrEnum):
    """What a request was told."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One sending of a request: the answer, and the result or the error that came with it. `tries` counts
    how often it had to be sent because others were in the way."""

    key: str
    answer: Answer
    result: str = ""
    tries: int = 1

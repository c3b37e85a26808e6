"""What the workbench refuses, in words that say what to do instead.

Decides the HTTP status of each refusal and how it is written (RFC 9457, `application/problem+json`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Problem(Exception):
    """A request that is refused; `more` is added to the answer as further members."""

    status = 400
    title = "That does not work"

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.more = more

    def as_json(self) -> dict[str, Any]:
        """The answer's body."""
        return {"title": self.title, "status": self.status, "detail": self.detail, **self.more}


class NotFound(Problem):
    """A name that nothing on the workbench has."""

    status = 404
    title = "No such thing here"

    @classmethod
    def named(cls, kind: str, name: str, known: Iterable[str]) -> NotFound:
        """`name` is no `kind`; says which there are."""
        names = sorted(known)
        listed = ", ".join(names) or "none"
        return cls(f"There is no {kind} named {shortened(name)!r}. There are: {listed}.", known=names)


class LabelNotOnScreen(Problem):
    """No button that can be touched has this label."""

    status = 404
    title = "No such button on the screen"


class Ambiguous(Problem):
    """More than one thing is meant."""

    status = 409
    title = "More than one is meant"


class NoPower(Problem):
    """The terminal is off."""

    status = 409
    title = "The terminal has no power"


class NotAnswering(Problem):
    """The terminal has power and does not answer."""

    status = 503
    title = "The terminal does not answer"


class NotUsable(Problem):
    """The request was understood, and what it brings cannot be used."""

    status = 422
    title = "This cannot be used"


class TooLarge(Problem):
    """The body is larger than what is taken."""

    status = 413
    title = "Too large"


class Stranger(Problem):
    """The request comes from another site or for another host."""

    status = 403
    title = "Refused"


class Broken(Problem):
    """The demo itself failed."""

    status = 500
    title = "The demo could not be set up anew"


class Busy(Problem):
    """The demo is being set up anew."""

    status = 503
    title = "One moment"


def shortened(text: str, limit: int = 60) -> str:
    """`text`, cut to something that fits into a sentence."""
    return text if len(text) <= limit else text[: limit - 1] + "…"

"""A one-line bug."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """In `module`, `old` (which occurs once) becomes `new`. `bug` says in a sentence what somebody did wrong."""

    name: str
    bug: str
    module: str
    old: str
    new: str

"""What posts one type of act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from backend_bridge.central.ledger.posting import Posting

AnyResult = TypeVar("AnyResult")


class Nothing(msgspec.Struct, frozen=True):
    """The answer of acts that have none."""


class Handler(msgspec.Struct, Generic[AnyResult], frozen=True):
    """`post(act, posting)` moves what the act says and answers with a `result`."""

    post: Callable[[Any, Posting], AnyResult]
    result: type[AnyResult]

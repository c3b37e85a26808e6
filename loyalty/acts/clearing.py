"""A month of clearing was closed."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import Id
from loyalty.clearing.netting import Netted

#: The most pairs of companies that one act settles: a cause numbers its transfers up to 32767.
MOST_PAIRS = 30_000


class MonthClosed(msgspec.Struct, frozen=True, kw_only=True, tag="month_closed", forbid_unknown_fields=True):
    """`month`, such as 2025-06, is closed for good. `netted`: who pays whom, each pair once per currency."""

    programme: Id
    month: Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]
    netted: Annotated[tuple[Netted, ...], Meta(max_length=MOST_PAIRS)]

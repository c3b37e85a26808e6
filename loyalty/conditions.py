"""When, where, for whom and on what a campaign or a voucher holds. Judging is in `loyalty.evaluation`."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from loyalty.bounds import Id, Ids
from loyalty.windows import Window


class Channel(StrEnum):
    """Where something is bought (V15)."""

    TERMINAL = "terminal"
    WEBSHOP = "webshop"


class Conditions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an empty field names is not restricted.

    `valid_from` and `valid_until` are dates on the branch's wall clock, both included. A line is covered
    when its article is in `articles` or its group in `article_groups`.
    """

    company: Id
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    windows: Annotated[tuple[Window, ...], Meta(max_length=50)] = ()
    branches: Ids = ()
    channels: Annotated[tuple[Channel, ...], Meta(max_length=2)] = ()
    customer_groups: Ids = ()
    articles: Ids = ()
    article_groups: Ids = ()

"""What the services answer about vouchers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from loyalty.benefits import VoucherValue
from loyalty.conditions import Conditions
from loyalty.vouchers.voucher import Sold


class VoucherTold(msgspec.Struct, frozen=True, kw_only=True):
    """All that its company is told about a voucher. `at_terminal` is its home, `pending` how many changes wait
    for it to come back. `on_it_minor` is what the books hold for it now, in minor units of `currency`."""

    voucher: str
    company: str
    funded_by: str
    kind: str
    form: str
    state: str
    value: VoucherValue
    conditions: Conditions
    currency: str
    face_minor: int
    on_it_minor: int
    uses_total: int
    uses_left: int
    uses_made: int
    owner: str | None
    owner_bound: bool
    sold: Sold | None
    batch: str
    batch_name: str
    receipt: str
    at_terminal: str
    pending: int
    created_at: dt.datetime
    issued_at: dt.datetime | None
    registered_at: dt.datetime | None
    ended_at: dt.datetime | None


class CodeTold(VoucherTold, frozen=True, kw_only=True):
    """A voucher whose code was read, and whether it holds at that instant for what it covers. Where it does not,
    `hindrance` is the word and `rule` the sentence that refuses it everywhere else."""

    usable: bool
    hindrance: str | None = None
    rule: str | None = None


class EventTold(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a voucher's history."""

    what: str
    at: dt.datetime
    by: str
    channel: str
    receipt: str
    use: int | None
    minor: int
    worth_minor: int
    points: int
    detail: dict[str, Any]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list; `after` is what to ask for the next one with, empty at the end."""

    vouchers: tuple[VoucherTold, ...]
    after: str


class BatchTold(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with how many of its vouchers are in each state."""

    batch: str
    name: str
    size: int
    made_at: dt.datetime
    by: str
    states: dict[str, int]

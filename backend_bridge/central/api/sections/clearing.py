"""Clearing of network points (P5, X8): a company reads its own side."""

from __future__ import annotations

from typing import Annotated

import msgspec
from ninja import Path
from pydantic import StringConstraints

from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.clearing.statements import MonthTotal, statement_of, totals
from loyalty.clearing.statement import Statement as ClearingStatement

section = Section("clearing", "What the company owes others for network points, and is owed, month by month.")

MonthPath = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$"), Path(..., description="YYYY-MM")]


class Months(msgspec.Struct, frozen=True, kw_only=True):
    """The months in which there was something to clear, the newest first."""

    items: tuple[MonthTotal, ...]


@section.get("/clearing/months", scope="clearing:read")
def list_months(call: Call) -> Months:
    """What is owed and was owed, by month and currency."""
    return Months(items=tuple(totals(call.company)))


@section.get("/clearing/months/{month}", scope="clearing:read")
def read_month(call: Call, month: MonthPath) -> ClearingStatement:
    """The statement of a month: by company, by VAT rate, and every single redemption."""
    return statement_of(call.company, month)

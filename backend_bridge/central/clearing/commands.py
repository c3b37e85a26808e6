"""Runs one command of `clearing.options`; what it says when it is done."""

from __future__ import annotations

import argparse
import datetime as dt

from backend_bridge.central.clearing.closing import close_month
from backend_bridge.central.clearing.statements import statement_of
from backend_bridge.central.errors import CentralError
from backend_bridge.central.setting_up.rows import check_up_to_date, the_programme
from loyalty.clearing.netting import Netted
from loyalty.clearing.rendering import as_csv, as_json, decimal
from loyalty.units import Money


def run(options: argparse.Namespace, *, at: dt.datetime) -> str:
    """Do what `options` ask for, at the instant `at`; what is to be printed. Raises `CentralError`."""
    check_up_to_date()
    if options.command == "close-month":
        act = close_month(options.month, programme=the_programme().pk, by="command", at=at)
        return "\n".join([f"{act.month} is closed", *(_told(one) for one in act.netted)])
    told = statement_of(options.company, options.month)
    text = as_json(told).decode() if options.format == "json" else as_csv(told)
    if options.output is None:
        return text.rstrip("\r\n")
    try:
        options.output.write_bytes(text.encode())
    except OSError as error:
        raise CentralError(f"the statement cannot be written to {options.output}: {error.strerror}") from error
    return f"the statement is in {options.output}"


def _told(one: Netted) -> str:
    return f"{one.payer} pays {one.payee} {decimal(Money(one.minor, one.currency))} {one.currency}"

"""Whether a case can be judged: its form and bounds by the schema, then what must fit together.

Everything is reported as a `CaseError` with the path of one field.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from loyalty.benefits import FreeGoods, FreeService, MoneyValue, PointsPerTurnover
from loyalty.bounds import MOST_MINOR
from loyalty.campaigns.campaign import Campaign
from loyalty.conditions import Conditions
from loyalty.evaluation.case import CashTender, PointsTender, RuleSet, Sale, VoucherTender
from loyalty.evaluation.errors import CaseError
from loyalty.receipts.receipt import UNTAXED
from loyalty.vouchers.voucher import Purpose, Voucher
from loyalty.windows import is_empty

AnyStruct = TypeVar("AnyStruct", bound=msgspec.Struct)

_PLACE = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_NAMED = re.compile(r"field `([^`]+)`")
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def decode(data: bytes | str, form: type[AnyStruct]) -> AnyStruct:
    """JSON of one of the case's structs; raises `CaseError` naming the field that is wrong."""
    try:
        return msgspec.json.decode(data, type=form)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError) as error:
        raise _case_error(error) from error


def check_form(value: msgspec.Struct) -> None:
    """Hold a struct that was built in the program to the same schema as one that was read."""
    try:
        plain = msgspec.to_builtins(value, builtin_types=(dt.datetime, dt.date))
        msgspec.convert(plain, type(value), builtin_types=(dt.datetime, dt.date))
    except (msgspec.MsgspecError, RecursionError, UnicodeError, TypeError, ValueError, OverflowError) as error:
        raise _case_error(error) from error


def check_rules(rules: RuleSet) -> None:
    """Raise for rules that cannot be judged by."""
    check_form(rules)
    _once("pools", "pool", (pool.pool for pool in rules.pools))
    _once("campaigns", "campaign", (campaign.campaign for campaign in rules.campaigns))
    for number, campaign in enumerate(rules.campaigns):
        _check_windows(f"campaigns[{number}]", campaign)
        _check_last(f"campaigns[{number}]", campaign)


def check_sale(sale: Sale) -> None:
    """Raise for a sale that cannot be judged."""
    check_form(sale)
    if not _FIRST_YEAR <= sale.at.year <= _LAST_YEAR or sale.at.utcoffset() is None:
        raise CaseError("at", f"an instant with a UTC offset between {_FIRST_YEAR} and {_LAST_YEAR} is wanted")
    _check_receipt(sale)
    _once("vouchers", "voucher", (voucher.voucher for voucher in sale.vouchers))
    for number, voucher in enumerate(sale.vouchers):
        _check_windows(f"vouchers[{number}]", voucher)
        _check_sold(f"vouchers[{number}].sold", voucher)
    _once("stocks", "campaign", (stock.campaign for stock in sale.stocks))
    _check_balances(sale)
    _check_tenders(sale)


def _check_receipt(sale: Sale) -> None:
    lines = sale.receipt.lines
    _once("receipt.lines", "line", (line.line for line in lines))
    if sum(line.gross_minor for line in lines) > MOST_MINOR:
        raise CaseError("receipt.lines", f"a receipt comes to at most {MOST_MINOR} minor units")
    for number, line in enumerate(lines):
        if line.kind in UNTAXED and line.vat_rate_bp:
            raise CaseError(f"receipt.lines[{number}].vat_rate_bp", f"the sale of {line.kind.value} carries no VAT")


def _check_windows(path: str, conditions: Conditions) -> None:
    for number, window in enumerate(conditions.windows):
        if is_empty(window):
            raise CaseError(f"{path}.windows[{number}].end", "a window cannot end at the minute when it starts")


def _check_last(path: str, campaign: Campaign) -> None:
    """No campaign awards points whose last day is over already."""
    last = campaign.benefit.last if isinstance(campaign.benefit, PointsPerTurnover) else None
    if last is None:
        return
    if not last.is_one:
        raise CaseError(f"{path}.benefit.last", "points last for days, for months or until a day: say one of them")
    if last.until is not None and (campaign.valid_until is None or campaign.valid_until > last.until):
        raise CaseError(
            f"{path}.benefit.last.until", "the campaign has to end with the last day of its points, or before"
        )


def _check_sold(path: str, voucher: Voucher) -> None:
    if voucher.sold is None:
        return
    if not isinstance(voucher.value, MoneyValue | FreeGoods | FreeService):
        raise CaseError(path, "only vouchers for money, goods and services are sold")
    if voucher.sold.purpose is Purpose.SINGLE and voucher.sold.vat_rate_bp is None:
        raise CaseError(f"{path}.vat_rate_bp", "a single-purpose voucher was taxed at a rate; it is missing")


def _check_balances(sale: Sale) -> None:
    _once("balances", "pool", (balance.pool for balance in sale.balances))
    if sale.balances and sale.customer is None:
        raise CaseError("customer", "balances belong to a customer; there is none")
    for number, balance in enumerate(sale.balances):
        _once(f"balances[{number}].lots", "lot", (lot.lot for lot in balance.lots or ()))


def _check_tenders(sale: Sale) -> None:
    money = {one.voucher for one in sale.vouchers if isinstance(one.value, MoneyValue)}
    seen: set[tuple[str, str]] = set()
    for number, tender in enumerate(sale.tenders):
        path, key = f"tenders[{number}]", ("", "")
        if isinstance(tender, VoucherTender):
            path, key = f"{path}.voucher", ("voucher", tender.voucher)
            if tender.voucher not in money:
                raise CaseError(path, f"{tender.voucher!r} is no money voucher among the vouchers")
        elif isinstance(tender, PointsTender):
            path, key = f"{path}.pool", ("points", tender.pool)
        elif isinstance(tender, CashTender):
            key = ("cash", "")
        if key[0] and key in seen:
            raise CaseError(path, "is there twice")
        seen.add(key)


def _once(path: str, name: str, values: Iterable[object]) -> None:
    seen = set()
    for number, value in enumerate(values):
        if value in seen:
            raise CaseError(f"{path}[{number}].{name}", f"{value!r} is there twice")
        seen.add(value)


def _case_error(error: Exception) -> CaseError:
    message = str(error)
    place = _PLACE.search(message)
    path = place.group(1) if place else ""
    named = _NAMED.search(message)
    field = ".".join(part for part in (path, named.group(1) if named else "") if part)
    return CaseError(field or "$", _PLACE.sub("", message))

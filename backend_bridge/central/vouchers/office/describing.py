"""What a form for new vouchers describes, as the services are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backend_bridge.central.organisation.models import Company
from backend_bridge.central.vouchers.errors import BadVoucher
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import (
    AmountOff,
    FreeGoods,
    FreeService,
    MoneyValue,
    PercentOff,
    PointsValue,
    VoucherValue,
)
from loyalty.conditions import Channel
from loyalty.units import EXPONENTS
from loyalty.vouchers.voucher import Purpose, Sold


def like_of(told: dict[str, Any], *, company: Company) -> NewVoucher:
    """What each voucher is like; raises `BadVoucher` naming the form's field."""
    return NewVoucher(
        company=company.pk,
        value=_value(told, company),
        uses=told["uses"] or 1,
        valid_from=told["valid_from"],
        valid_until=told["valid_until"],
        articles=told["articles"],
        article_groups=told["article_groups"],
        channels=tuple(Channel(one) for one in told["channels"]),
    )


def sold_of(told: dict[str, Any], *, company: Company) -> tuple[Sold | None, int]:
    """How each is sold, and for how much in minor units; raises `BadVoucher` naming the form's field."""
    if told["sale"] == "given":
        return None, 0
    rate = None
    if told["sale"] == "single":
        rate = int(_needed(told, "vat", _("the VAT rate at which it is taxed now")) * 100)
    field = "amount" if told["kind"] == "money" else "price"
    price = _minor(told, field, company, _("what each is sold for"))
    return Sold(purpose=Purpose(told["sale"]), vat_rate_bp=rate), price


def _value(told: dict[str, Any], company: Company) -> VoucherValue:
    match told["kind"]:
        case "points":
            points = _needed(told, "points", _("how many points each gives"))
            return PointsValue(pool=_needed(told, "pool", _("of which pool the points are")), points=points)
        case "money":
            return MoneyValue(rest_minor=_minor(told, "amount", company, _("how much is on each")))
        case "percent":
            return PercentOff(rate_bp=int(_needed(told, "percent", _("how much it takes off")) * 100))
        case "amount":
            return AmountOff(amount_minor=_minor(told, "amount", company, _("how much it takes off")))
        case "goods":
            return FreeGoods()
        case _:
            return FreeService()


def _needed(told: dict[str, Any], field: str, what: str) -> Any:
    if not told[field]:
        raise BadVoucher(field, "missing", _("Say %(what)s.") % {"what": what})
    return told[field]


def _minor(told: dict[str, Any], field: str, company: Company, what: str) -> int:
    amount: Decimal = _needed(told, field, what)
    scaled = amount.scaleb(EXPONENTS[company.currency])
    if scaled != scaled.to_integral_value():
        raise BadVoucher(field, "precision", _("The currency has no smaller coins than that."))
    return int(scaled)

"""Racing for vouchers: for the money on them, for their uses, and for who registers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend_bridge.central.vouchers.errors import VoucherRefused
from backend_bridge.central.vouchers.models import VoucherEvent
from backend_bridge.central.vouchers.services import finding, issuing, registering, using
from hw_sim.racing.course import Prize, Start
from hw_sim.racing.points import AT, COMPANY, POOL, Refused, enrol
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import MoneyValue, PercentOff, PointsValue, VoucherValue
from loyalty.vouchers.voucher import Purpose, Sold

#: What is too little for one more use.
_REST = 17


class Money:
    """Money vouchers: what is on one is used once."""

    def lay_out(self, count: int) -> tuple[list[Prize], list[Start]]:
        """Four vouchers; three times as many requests as each can pay."""
        prizes, starts = [], []
        for number in range(4):
            amount, each = 130 + number, count // 4
            face = amount * (each // 3) + _REST
            sold = Sold(purpose=Purpose.MULTI)
            voucher = _issued(MoneyValue(rest_minor=face), key=f"money/{number}", sold=sold, price_minor=face)
            prizes.append(Prize(event="money", subject=voucher, affordable=face // amount))
            starts += [
                Start(event="money", key=f"use/{voucher}/{n}", subject=voucher, who="", amount=amount)
                for n in range(each)
            ]
        return prizes, starts

    def run(self, start: Start) -> Any:
        """Use a part of it."""
        return _used(start, minor=start.amount)

    def left(self, prize: Prize, taken: Sequence[Start]) -> list[str]:
        """The rest is on it, and the uses are numbered from 1."""
        told = finding.voucher(company=COMPANY, voucher=prize.subject)
        wrong = [] if told.on_it_minor == _REST else [f"{told.on_it_minor} are left on voucher {prize.subject}"]
        return wrong + _wrong_uses(prize, len(taken))


class Uses:
    """Vouchers with a few uses: none is made twice."""

    def lay_out(self, count: int) -> tuple[list[Prize], list[Start]]:
        """Four vouchers with one to four uses; many more requests."""
        prizes, starts = [], []
        for uses in range(1, 5):
            voucher = _issued(PercentOff(rate_bp=1000), key=f"uses/{uses}", uses=uses)
            prizes.append(Prize(event="uses", subject=voucher, affordable=uses))
            starts += [
                Start(event="uses", key=f"use/{voucher}/{n}", subject=voucher, who="") for n in range(count // 4)
            ]
        return prizes, starts

    def run(self, start: Start) -> Any:
        """Make one use."""
        return _used(start, minor=None)

    def left(self, prize: Prize, taken: Sequence[Start]) -> list[str]:
        """The uses are numbered from 1, and none is left."""
        return _wrong_uses(prize, len(taken))


class Coupons:
    """Point coupons that several customers register at once: one of them gets the points."""

    def lay_out(self, count: int) -> tuple[list[Prize], list[Start]]:
        """Six customers after each coupon."""
        prizes, starts = [], []
        members = [enrol(f"collector-{number}") for number in range(6)]
        for number in range(count // len(members)):
            coupon = _issued(PointsValue(pool=POOL, points=10), key=f"coupon/{number}")
            prizes.append(Prize(event="coupons", subject=coupon, affordable=1))
            starts += [
                Start(event="coupons", key=f"register/{coupon}/{member}", subject=coupon, who=member)
                for member in members
            ]
        return prizes, starts

    def run(self, start: Start) -> Any:
        """Register it."""
        try:
            return registering.register_voucher(voucher=start.subject, customer=start.who, **_asked(start.key))
        except VoucherRefused as error:
            raise Refused from error

    def left(self, prize: Prize, taken: Sequence[Start]) -> list[str]:
        """It belongs to who was told so."""
        owner = finding.voucher(company=COMPANY, voucher=prize.subject).owner
        return [] if [start.who for start in taken] == [owner] else [f"coupon {prize.subject} is {owner}'s"]


def _asked(key: str) -> dict[str, Any]:
    return {"company": COMPANY, "key": key, "by": "racing", "at": AT}


def _issued(value: VoucherValue, *, key: str, uses: int = 1, **sold: Any) -> str:
    like = NewVoucher(company=COMPANY, value=value, uses=uses)
    return issuing.issue_vouchers(like=like, **_asked(key), **sold).voucher


def _used(start: Start, *, minor: int | None) -> Any:
    try:
        return using.use_voucher(voucher=start.subject, minor=minor, **_asked(start.key))
    except VoucherRefused as error:
        raise Refused from error


def _wrong_uses(prize: Prize, count: int) -> list[str]:
    made = VoucherEvent.objects.filter(voucher=prize.subject, what=VoucherEvent.What.USED).order_by("use")
    numbers = list(made.values_list("use", flat=True))
    if numbers == list(range(1, count + 1)):
        return []
    return [f"voucher {prize.subject}: {count} uses were granted, made were {numbers}"]

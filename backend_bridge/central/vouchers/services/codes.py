"""The signed codes of vouchers, for printing: the same text whenever it is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.coupon_keys import signing_key
from backend_bridge.central.organisation.models import Company, CouponSigningKey
from backend_bridge.central.vouchers.errors import VoucherNotKnown
from backend_bridge.central.vouchers.models import Voucher, VoucherBatch
from backend_bridge.central.vouchers.services.finding import own_voucher
from loyalty.coupon import CouponCode, issue
from loyalty.errors import CouponError


def batch_codes(directory: DataDir, *, company: str, batch: str) -> Iterator[tuple[str, str]]:
    """Each voucher of a batch with the text of its QR code, by id (B2). Raises `VoucherNotKnown`, and
    `CentralError` where the company's key is not there."""
    if not VoucherBatch.objects.filter(pk=batch, company=company).exists():
        raise VoucherNotKnown("batch")
    return _codes(Voucher.objects.filter(batch=batch).order_by("pk").iterator(), directory, company)


def voucher_code(directory: DataDir, *, company: str, voucher: str) -> str:
    """The text of one voucher's QR code, with the last day that it has now (C12). Raises `VoucherNotKnown` and
    `CentralError`."""
    [(_voucher, text)] = _codes([own_voucher(voucher, company=company)], directory, company)
    return text


def check_codes(directory: DataDir, *, company: str, points: int, last_day: dt.date | None) -> None:
    """Raises `CentralError` where a code of this company could not carry these points and this day."""
    Signer(directory, company).text("0" * 16, points=points, last_day=last_day)


class Signer:
    """Signs the codes of one company with its newest key; raises `CentralError` where that is not there."""

    def __init__(self, directory: DataDir, company: str) -> None:
        newest = CouponSigningKey.objects.filter(company=company).order_by("-number").first()
        if newest is None:
            raise CentralError(f"{company} has no key for coupons")
        self._key = signing_key(newest, directory)
        self._key_number = newest.number
        self._number = Company.objects.values_list("number", flat=True).get(pk=company)

    def text(self, voucher: str, *, points: int, last_day: dt.date | None) -> str:
        """The text of a voucher's QR code; raises `CentralError` for what it cannot carry."""
        code = CouponCode(
            company=self._number, key=self._key_number, coupon=int(voucher, 16), points=points, last_day=last_day
        )
        try:
            return issue(code, self._key)
        except CouponError as error:
            raise CentralError(f"voucher {voucher}: {error}") from error


def _codes(rows: Iterable[Voucher], directory: DataDir, company: str) -> Iterator[tuple[str, str]]:
    signer = Signer(directory, company)
    for row in rows:
        yield row.pk, signer.text(row.pk, points=row.points, last_day=row.valid_until)

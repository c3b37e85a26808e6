"""The printed codes of the simulated world's coupons."""

from __future__ import annotations

from functools import cache

from hw_sim.fleet.programme import COUPON_COMPANY, COUPON_KEY, COUPON_KEY_NUMBER, COUPON_POINTS
from loyalty import coupon as codes


@cache
def code_text(coupon: str) -> str:
    """What the QR code of `coupon` says."""
    code = codes.CouponCode(
        company=COUPON_COMPANY, key=COUPON_KEY_NUMBER, coupon=int(coupon, 16), points=COUPON_POINTS[coupon]
    )
    return codes.issue(code, COUPON_KEY)

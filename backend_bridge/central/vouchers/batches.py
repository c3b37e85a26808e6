"""Batches of point coupons: made with their signed codes, ready to be printed."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.coupon_keys import signing_key
from backend_bridge.central.organisation.models import CouponSigningKey, Pool
from backend_bridge.central.vouchers.models import PointCoupon
from loyalty.coupon import CouponCode, issue
from loyalty.errors import CouponError

LARGEST_BATCH = 10_000


def issue_batch(
    directory: DataDir, *, pool: str, points: int, count: int, batch: str, last_day: dt.date | None = None
) -> list[str]:
    """Issue `count` coupons of `points` each in the company's own `pool`; their code texts.

    All of them or none. `last_day` is included; None: they do not expire. The key is the company's
    newest. Raises `CentralError`.
    """
    if not 0 < count <= LARGEST_BATCH or not 0 < points < 2**32:
        raise CentralError(f"a batch has 1 to {LARGEST_BATCH} coupons, each of one point or more")
    in_pool = Pool.objects.select_related("company").filter(pk=pool).first()
    if in_pool is None or in_pool.company is None:
        raise CentralError(f"there is no company's own pool {pool!r}")
    newest = CouponSigningKey.objects.filter(company=in_pool.company).order_by("-number").first()
    if newest is None:
        raise CentralError(f"{in_pool.company_id} has no key for coupons")
    key = signing_key(newest, directory)
    codes = [
        CouponCode(
            company=in_pool.company.number,
            key=newest.number,
            coupon=secrets.randbits(64),
            points=points,
            last_day=last_day,
        )
        for _ in range(count)
    ]
    try:
        texts = [issue(code, key) for code in codes]
    except CouponError as error:
        raise CentralError(str(error)) from error
    with transaction.atomic():
        PointCoupon.objects.bulk_create(
            PointCoupon(
                id=code.coupon_id,
                company=in_pool.company,
                pool=in_pool,
                points=points,
                batch=batch,
                last_day=last_day,
            )
            for code in codes
        )
    return texts

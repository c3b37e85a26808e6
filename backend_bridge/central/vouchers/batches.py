"""A batch of point coupons with the texts of its codes, as the command line issues it."""

from __future__ import annotations

import datetime as dt
import secrets

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.vouchers.services.codes import batch_codes, check_codes
from backend_bridge.central.vouchers.services.issuing import issue_vouchers
from loyalty.acts.vouchers import MOST_AT_ONCE, NewVoucher
from loyalty.benefits import PointsValue


def issue_batch(
    directory: DataDir,
    *,
    pool: str,
    points: int,
    count: int,
    batch: str,
    last_day: dt.date | None = None,
    at: dt.datetime | None = None,
) -> list[str]:
    """Issue `count` coupons of `points` each in the company's own `pool`; their code texts.

    All of them or none. `last_day` is included; None: they do not expire. The key is the company's newest.
    `at` is the present unless it is given; a batch without a name is called by it. Raises `CentralError`.
    """
    if not 0 < count <= MOST_AT_ONCE or not 0 < points < 2**32:
        raise CentralError(f"a batch has 1 to {MOST_AT_ONCE} coupons, each of one point or more")
    company = Pool.objects.filter(pk=pool).values_list("company", flat=True).first()
    if company is None:
        raise CentralError(f"there is no company's own pool {pool!r}")
    at = at or dt.datetime.now(dt.UTC)
    # What no code could carry is noticed before anything is issued.
    check_codes(directory, company=company, points=points, last_day=last_day)
    made = issue_vouchers(
        company=company,
        like=NewVoucher(company=company, value=PointsValue(pool=pool, points=points), valid_until=last_day),
        count=count,
        batch=batch or f"{at:%Y-%m-%d %H:%M:%S}",
        key=f"issue-coupons/{secrets.token_hex(16)}",
        by="command",
        at=at,
    )
    return [text for _voucher, text in batch_codes(directory, company=company, batch=made.batch)]

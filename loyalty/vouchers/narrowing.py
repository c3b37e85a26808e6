"""Whether a change takes something away from a voucher: what a customer has paid for is never narrowed."""

from __future__ import annotations

import datetime as dt

from loyalty.conditions import Conditions
from loyalty.vouchers.voucher import Voucher


def is_shorter(voucher: Voucher, *, valid_from: dt.date | None, valid_until: dt.date | None, today: dt.date) -> bool:
    """Whether these days end earlier or, seen from `today`, begin later than the voucher's own."""
    begins_later = max(valid_from or today, today) > max(voucher.valid_from or today, today)
    ends_earlier = valid_until is not None and (voucher.valid_until is None or valid_until < voucher.valid_until)
    return begins_later or ends_earlier


def is_narrower(voucher: Voucher, conditions: Conditions, *, owner_bound: bool) -> bool:
    """Whether `conditions` keep out anything that the voucher's own let in, apart from its days."""
    lists = ("windows", "branches", "channels", "customer_groups")
    keeps_out = any(_keeps_out(getattr(voucher, name), getattr(conditions, name)) for name in lists)
    return keeps_out or _covers_less(voucher, conditions) or owner_bound > voucher.owner_bound


def _keeps_out(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """An empty list keeps nothing out."""
    return bool(after) and (not before or not set(before) <= set(after))


def _covers_less(before: Conditions, after: Conditions) -> bool:
    """Articles and groups cover together: each line by either."""
    if not (after.articles or after.article_groups):
        return False
    if not (before.articles or before.article_groups):
        return True
    articles, groups = set(before.articles), set(before.article_groups)
    return not (articles <= set(after.articles) and groups <= set(after.article_groups))

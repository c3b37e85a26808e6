"""Which deed is possible in which state of a voucher."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict, Unpack

from loyalty.vouchers.record import VoucherRecord
from loyalty.vouchers.refusal import Deed, Hindrance, Refusal
from loyalty.vouchers.voucher import VoucherState

_DRAFT, _ISSUED, _REGISTERED = VoucherState.DRAFT, VoucherState.ISSUED, VoucherState.REGISTERED
_REDEEMED, _EXPIRED = VoucherState.REDEEMED, VoucherState.EXPIRED

#: In which states a deed is possible.
_POSSIBLE = {
    Deed.ISSUE: {_DRAFT},
    Deed.SELL: {_DRAFT},
    Deed.REGISTER: {_ISSUED},
    Deed.TRANSFER: {_REGISTERED},
    Deed.USE: {_ISSUED, _REGISTERED},
    Deed.GIVE_BACK: {_ISSUED, _REGISTERED, _REDEEMED, _EXPIRED},
    Deed.CHANGE_VALIDITY: {_DRAFT, _ISSUED, _REGISTERED, _EXPIRED},
    Deed.CHANGE_TERMS: {_DRAFT, _ISSUED, _REGISTERED},
    Deed.CANCEL: {_DRAFT, _ISSUED, _REGISTERED, _EXPIRED},
    Deed.EXPIRE: {_ISSUED, _REGISTERED},
}

#: What a state stands in the way as, where the deed is not possible.
_IN_THE_WAY = {
    VoucherState.DRAFT: Hindrance.DRAFT,
    VoucherState.ISSUED: Hindrance.NOT_REGISTERED,
    VoucherState.REGISTERED: Hindrance.REGISTERED_BEFORE,
    VoucherState.REDEEMED: Hindrance.REDEEMED,
    VoucherState.EXPIRED: Hindrance.EXPIRED,
    VoucherState.CANCELLED: Hindrance.CANCELLED,
}


class _Told(TypedDict, total=False):
    day: dt.date | None
    needed: int
    have: int


def no(record: VoucherRecord, deed: Deed, reason: Hindrance, **told: Unpack[_Told]) -> Refusal:
    """That `deed` cannot be done, and why."""
    return Refusal(deed=deed, voucher=record.voucher.voucher, reason=reason, **told)


def barred(record: VoucherRecord, deed: Deed) -> Refusal | None:
    """What the voucher's state refuses; None where the deed is possible in it."""
    state = record.voucher.state
    if record.has_posted_points:
        return no(record, deed, Hindrance.POINTS_POSTED)
    if state in _POSSIBLE[deed]:
        return None
    if deed in (Deed.ISSUE, Deed.SELL) and state in (_ISSUED, _REGISTERED):
        return no(record, deed, Hindrance.ISSUED_BEFORE)
    return no(record, deed, _IN_THE_WAY[state])

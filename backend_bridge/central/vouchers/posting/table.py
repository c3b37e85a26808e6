"""Which function posts which act on vouchers."""

from __future__ import annotations

from typing import Any

import msgspec

from backend_bridge.central.acting.handler import Handler
from backend_bridge.central.vouchers.posting import changed, expired, issued, registered, used
from backend_bridge.central.vouchers.posting.taking import VoucherIs
from loyalty.acts import vouchers as acts

HANDLERS: dict[type[msgspec.Struct], Handler[Any]] = {
    acts.VouchersIssued: Handler(issued.post_issued, issued.VouchersMade),
    acts.DraftIssued: Handler(issued.post_draft_issued, VoucherIs),
    acts.VoucherMadeFor: Handler(issued.post_made_for, VoucherIs),
    acts.VoucherRegistered: Handler(registered.post_registered, VoucherIs),
    acts.VoucherTransferred: Handler(registered.post_transferred, VoucherIs),
    acts.VoucherUsed: Handler(used.post_used, VoucherIs),
    acts.VoucherUseReturned: Handler(used.post_use_returned, VoucherIs),
    acts.ValidityChanged: Handler(changed.post_change, VoucherIs),
    acts.TermsChanged: Handler(changed.post_change, VoucherIs),
    acts.VoucherCancelled: Handler(changed.post_change, VoucherIs),
    acts.ChangeWished: Handler(changed.post_wished, VoucherIs),
    acts.VouchersExpired: Handler(expired.post_expired, expired.VouchersEnded),
}

"""Giving vouchers an owner: shown first, then registered (B5); and passing them on (V16)."""

from __future__ import annotations

import datetime as dt

import msgspec

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.clock import day_at
from backend_bridge.central.vouchers.errors import ChangedMeanwhile
from backend_bridge.central.vouchers.posting.taking import VoucherIs, changed, locked, take_row
from backend_bridge.central.vouchers.records import on_it
from backend_bridge.central.vouchers.services.finding import fingerprint, own_voucher, record_now, tell_one
from backend_bridge.central.vouchers.services.once import Asked, decided
from backend_bridge.central.vouchers.services.owning import check_joined
from backend_bridge.central.vouchers.services.presenting import presented
from backend_bridge.central.vouchers.services.results import VoucherTold
from loyalty.acts.vouchers import VoucherRegistered, VoucherTransferred
from loyalty.vouchers import life
from loyalty.vouchers.refusal import Refusal


class RegistrationPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What registering would do. `refusal` says why it cannot be done; `at_terminal` names the terminal whose
    it is. `seen` confirms exactly this: it is given to `register_voucher`."""

    voucher: VoucherTold
    customer: str
    points: int
    seen: str
    refusal: Refusal | None = None
    at_terminal: str = ""

    @property
    def possible(self) -> bool:
        """Whether it can be confirmed."""
        return self.refusal is None and not self.at_terminal


def preview_registration(
    *, company: str, voucher: str, customer: str, at: dt.datetime, branch: str = "", channel: str = ""
) -> RegistrationPreview:
    """What registering a free voucher to `customer` would do; nothing changes.

    Raises `VoucherNotKnown`, and `BadVoucher` where there is no such customer.
    """
    row = own_voucher(voucher, company=company)
    check_joined(customer)
    outcome = life.register(
        record_now(row),
        customer=customer,
        today=day_at(company, at, branch=branch),
        presented=presented(company=company, at=at, branch=branch, channel=channel, customer=customer),
    )
    return RegistrationPreview(
        voucher=tell_one(row),
        customer=customer,
        points=row.points,
        seen=fingerprint(row, on_it_minor=on_it([row]).get(row.pk, 0)),
        refusal=outcome if isinstance(outcome, Refusal) else None,
        at_terminal=row.home_terminal_id or "",
    )


def register_voucher(
    *,
    company: str,
    voucher: str,
    customer: str,
    key: str,
    by: str,
    at: dt.datetime,
    seen: str = "",
    branch: str = "",
    channel: str = "",
    happened_at: dt.datetime | None = None,
) -> VoucherIs:
    """Register a free voucher to `customer`: a point coupon's points are posted and it ends (B3, B5). Its
    conditions are judged on the `branch`'s wall clock when the customer brought it: at `happened_at`, or now.

    `seen` is what the preview said; empty, nothing was shown. Raises `VoucherRefused`, `VoucherNotKnown`,
    `VoucherAtTerminal`, `BadVoucher`, and `ChangedMeanwhile` where the preview is no longer true.
    """
    check_joined(customer)
    brought_at = happened_at or at
    today = day_at(company, brought_at, branch=branch)

    def decide(posting: Posting) -> VoucherRegistered:
        row = locked(voucher, company=company)
        if seen and seen != fingerprint(row, on_it_minor=on_it([row]).get(row.pk, 0)):
            raise ChangedMeanwhile
        if row.home_terminal_id is None:
            shown = presented(company=company, at=brought_at, branch=branch, channel=channel, customer=customer)
            changed(life.register(take_row(row, posting).record, customer=customer, today=today, presented=shown))
        return VoucherRegistered(voucher=voucher, customer=customer, today=today, channel=channel)

    return decided(
        Asked(key=key, company=company, by=by, at=at),
        decide,
        same=lambda before: (before.voucher, before.customer) == (voucher, customer),
        result=VoucherIs,
    )


def transfer_voucher(
    *, company: str, voucher: str, to: str, key: str, by: str, at: dt.datetime, channel: str = ""
) -> VoucherIs:
    """Give a registered voucher another owner, where it is not bound to the one it has (V16).

    Raises `VoucherRefused`, `VoucherNotKnown`, `VoucherAtTerminal` and `BadVoucher`.
    """
    check_joined(to)
    today = day_at(company, at)

    def decide(_posting: Posting) -> VoucherTransferred:
        locked(voucher, company=company)
        return VoucherTransferred(voucher=voucher, to=to, today=today, channel=channel)

    return decided(
        Asked(key=key, company=company, by=by, at=at),
        decide,
        same=lambda before: (before.voucher, before.to) == (voucher, to),
        result=VoucherIs,
    )

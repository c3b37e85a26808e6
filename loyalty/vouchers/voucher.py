"""A voucher or coupon with the rules it was issued with. How it is delivered is not decided here."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from loyalty.benefits import VoucherValue
from loyalty.bounds import BasisPoints, Id, Uses
from loyalty.conditions import Conditions


class VoucherForm(StrEnum):
    """A voucher in account form is applied by reading its owner's card (C3)."""

    BARCODE = "barcode"
    ACCOUNT = "account"
    CERTIFICATE = "certificate"


class VoucherState(StrEnum):
    """Where in its life a voucher is; issued and registered ones can be used."""

    DRAFT = "draft"
    ISSUED = "issued"
    REGISTERED = "registered"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """The VAT class of a voucher that was sold, fixed at issue."""

    SINGLE = "single"
    MULTI = "multi"


class Sold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a voucher was sold. A single-purpose one was taxed then, at `vat_rate_bp`, pays only for lines
    of that rate and is not taxed again."""

    purpose: Purpose
    vat_rate_bp: BasisPoints | None = None


class Voucher(Conditions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One voucher. Goods and services that were `sold` are a means of payment; given away, they are a
    discount. A money voucher always pays; given away, it lowers what is taxed."""

    voucher: Id
    value: VoucherValue
    form: VoucherForm = VoucherForm.BARCODE
    state: VoucherState = VoucherState.ISSUED
    owner: Id | None = None
    owner_bound: bool = False
    uses_left: Uses = 1
    sold: Sold | None = None

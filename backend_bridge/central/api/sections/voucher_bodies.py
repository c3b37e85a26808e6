"""What requests and answers about vouchers consist of."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from ninja import Path
from pydantic import StringConstraints

from backend_bridge.central.api.fields import PLAIN, Day, Hex, Id, Shown, Wanted, Yes
from backend_bridge.central.vouchers.services.figures import DailyFigures
from backend_bridge.central.vouchers.services.rebates import ORDER_DATES
from backend_bridge.central.vouchers.services.results import BatchTold, EventTold, VoucherTold
from loyalty.acts.vouchers import NewVoucher
from loyalty.benefits import AmountOff, FreeGoods, FreeService, PercentOff
from loyalty.bounds import Minor
from loyalty.conditions import Conditions
from loyalty.vouchers.dates import DateWish
from loyalty.vouchers.voucher import Sold

VoucherPath = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$"), Path(...)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
BranchId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,48}$")]
BatchName = Annotated[str, msgspec.Meta(max_length=60)]
State = Literal["free", "draft", "issued", "registered", "redeemed", "expired", "cancelled"]
Kind = Literal["money", "points", "goods", "service", "percent", "amount", "past"]
Short = Annotated[str, StringConstraints(max_length=40, pattern=PLAIN)]


class VouchersWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`count` vouchers, all alike. With `sold` each is sold for `price_minor`, which went into the till; as drafts
    they are not issued yet. A `batch` is found again by its name."""

    like: NewVoucher
    count: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    sold: Sold | None = None
    price_minor: Minor = 0
    draft: bool = False
    batch: BatchName = ""


class VoucherFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A voucher that is made for a customer and registered in one step; a point coupon posts its points. Its hours
    are those at the `branch`, or the key's."""

    like: NewVoucher
    customer: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    branch: BranchId | None = None


class DraftSale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a draft is issued: given away, or sold for `price_minor`."""

    sold: Sold | None = None
    price_minor: Minor = 0


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and for what a voucher holds from now on. Its days are changed apart, by its validity."""

    conditions: Conditions
    owner_bound: bool = False


class DatesWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days as people say them, such as the next Wednesday, and the branch at whose calendar they are counted: the
    key's, unless it is named."""

    dates: DateWish
    branch: BranchId | None = None


class OrderDiscount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A discount on what is still to be ordered. With an `owner` it is on their card and theirs only; without one it
    is a barcode. `dates` are fixed when it is issued, on the wall clock of the `branch` (the key's, unless it is
    named); the days in `conditions` are not looked at. `receipt` is the one that it is printed on."""

    value: PercentOff | AmountOff | FreeGoods | FreeService
    dates: DateWish = ORDER_DATES
    conditions: Conditions | None = None
    owner: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None
    branch: BranchId | None = None
    receipt: Annotated[str, msgspec.Meta(max_length=64)] = ""


class VoucherPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of vouchers; `next` is the cursor of the next one."""

    items: tuple[VoucherTold, ...]
    next: str | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All that was ever done with a voucher, the oldest first."""

    items: tuple[EventTold, ...]


class Batches(msgspec.Struct, frozen=True, kw_only=True):
    """The company's batches, the newest first."""

    items: tuple[BatchTold, ...]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by day, kind and VAT class."""

    items: tuple[DailyFigures, ...]


class CodeRead(Wanted):
    """A code as a scanner reads it, or as it was typed; at which branch (the key's, unless it is named) and who
    brings it, where that is known: an owner-bound voucher holds for its owner only."""

    code: Code
    branch: Id | None = None
    customer: Hex | None = None


class Registering(Wanted):
    """Whom a free voucher is registered to, and at which branch: the key's, unless it is named. `seen` is what the
    preview said."""

    customer: Hex
    branch: Id | None = None
    seen: Short = ""


class Previewing(Wanted):
    """Whom a free voucher would be registered to, and at which branch: the key's, unless it is named."""

    customer: Hex
    branch: Id | None = None


class Transfer(Wanted):
    """Who gets a registered voucher."""

    username: Short


class Validity(Wanted):
    """The days on which a voucher holds, both included; none is open. `revive` brings an expired one back."""

    valid_from: Day | None = None
    valid_until: Day | None = None
    revive: Yes = False


class Cancelling(Wanted):
    """What happens to what is left on a sold voucher, and why it ends."""

    left_over: Literal["keep", "refund"] = "keep"
    reason: Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)] = ""


class PrintedCode(Shown):
    """The text of a voucher's QR code."""

    voucher: str
    code: str


class PrintedCodes(Shown):
    """The codes of a batch, by voucher."""

    items: list[PrintedCode]

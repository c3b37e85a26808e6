"""Using vouchers outside a sale, and giving uses back. A sale has its uses in its own act: it takes the vouchers
with `vouchers_for_sale`, judges them with `loyalty.evaluation`, and applies `uses_of` with `vouchers.posting.used`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.errors import VoucherNotKnown
from backend_bridge.central.vouchers.models import Voucher as Row
from backend_bridge.central.vouchers.posting.taking import VoucherIs, changed, homeless, locked, take
from backend_bridge.central.vouchers.posting.used import use_made
from backend_bridge.central.vouchers.services.once import Asked, decided
from backend_bridge.central.vouchers.services.origin import check_origin
from loyalty.acts.vouchers import VoucherUsed, VoucherUseReturned
from loyalty.evaluation.result import Evaluation, Kind
from loyalty.vouchers import life
from loyalty.vouchers.refusal import Deed
from loyalty.vouchers.voucher import Voucher


def vouchers_for_sale(posting: Posting, *, company: str, vouchers: Iterable[str]) -> tuple[Voucher, ...]:
    """These vouchers as `evaluate` judges them, by id, locked until the transaction ends.

    Raises `VoucherNotKnown`, and `VoucherAtTerminal` for one that only its terminal may redeem.
    """
    wanted = sorted(set(vouchers))
    found = Row.objects.select_for_update(of=("self",)).filter(pk__in=wanted, company=company)
    rows = [homeless(row) for row in found.order_by("pk")]
    if len(rows) != len(wanted):
        raise VoucherNotKnown
    return tuple(records.record_of(row, posting).voucher for row in rows)


def uses_of(
    evaluation: Evaluation, posting: Posting, *, company: str, channel: str, receipt: str
) -> tuple[VoucherUsed, ...]:
    """The uses that a receipt makes of vouchers, as facts: what each discount and payment took. To be asked
    while they are still locked by `vouchers_for_sale`. Points that are registered are not among them."""
    worth: dict[str, int] = {one.id: one.minor for one in evaluation.discounts if one.kind is Kind.VOUCHER}
    worth.update((one.id, one.minor) for one in evaluation.paid if one.type == "voucher")
    uses = []
    for voucher, minor in sorted(worth.items()):
        record = records.record_of(locked(voucher, company=company), posting)
        used = changed(life.use(record, minor=minor if record.is_money else None))
        uses.append(
            VoucherUsed(
                voucher=voucher,
                number=record.uses_made + 1,
                minor=used.minor,
                worth_minor=minor,
                channel=channel,
                receipt=receipt,
            )
        )
    return tuple(uses)


def use_voucher(
    *,
    company: str,
    voucher: str,
    key: str,
    by: str,
    at: dt.datetime,
    minor: int | None = None,
    worth_minor: int = 0,
    channel: str = "",
    receipt: str = "",
) -> VoucherIs:
    """Take `minor` off a money voucher, or one use off any other (V1). Whether it may be used for this, here and
    today, was judged by the caller with `loyalty.evaluation`.

    Raises `VoucherRefused`, `VoucherNotKnown` and `VoucherAtTerminal`.
    """

    def decide(posting: Posting) -> VoucherUsed:
        record = take(voucher, posting).record
        used = changed(life.use(record, minor=minor))
        return VoucherUsed(
            voucher=voucher,
            number=record.uses_made + 1,
            minor=used.minor,
            worth_minor=worth_minor,
            channel=channel,
            receipt=receipt,
        )

    return decided(
        Asked(key=key, company=company, by=by, at=at),
        decide,
        same=lambda before: (before.voucher, before.receipt) == (voucher, receipt) and minor in (None, before.minor),
        result=VoucherIs,
    )


def give_use_back(
    *,
    company: str,
    voucher: str,
    number: int,
    key: str,
    by: str,
    at: dt.datetime,
    minor: int | None = None,
    channel: str = "",
    receipt: str = "",
) -> VoucherIs:
    """Give use `number` back, or `minor` of it where it is money (None: all that is not back yet).

    Raises `VoucherRefused`, `VoucherNotKnown`, `VoucherAtTerminal` and `BadVoucher`.
    """

    def decide(posting: Posting) -> VoucherUseReturned:
        taken = take(voucher, posting)
        check_origin(taken.row, Deed.GIVE_BACK)
        back = changed(life.give_back(taken.record, made=use_made(taken.row, number), minor=minor))
        return VoucherUseReturned(voucher=voucher, number=number, minor=back.minor, channel=channel, receipt=receipt)

    return decided(
        Asked(key=key, company=company, by=by, at=at),
        decide,
        same=lambda before: (before.voucher, before.number) == (voucher, number) and minor in (None, before.minor),
        result=VoucherIs,
    )

"""The life of a voucher: everything that changes one is in this file.

Each function is given a record and says what becomes of it, or refuses; nothing is half done. Which deed is
possible in which state is in `loyalty.vouchers.possible`. Whether a voucher may be used at a branch, on a day, in a
channel, by this customer, is judged before by `loyalty.evaluation`; here is judged whether there is
something left to use.

Where the design leaves it open:

- A point coupon ends when it is registered. Any other voucher gets an owner by that and stays usable.
- Money is used in parts; everything else one use at a time. Each use of sold goods or services earns the
  same share of what is left of the price, and the last one the rest.
- A use that is given back keeps its old validity: on an expired voucher it comes back, and expires again
  at the next turn of the job, as points do on a lot that has expired.
- An expired voucher is revived by a new validity only where that is asked for by `revive`; what had gone to
  breakage is on it again. A cancelled or used-up one is never revived: who cancels an expired one sees to that.
- What a customer has paid for is never narrowed: no earlier end, no later beginning, no new restriction.
"""

from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from loyalty.benefits import FreeGoods, FreeService, MoneyValue, PointsValue
from loyalty.conditions import Conditions
from loyalty.vouchers.narrowing import is_narrower, is_shorter
from loyalty.vouchers.possible import barred, no
from loyalty.vouchers.presenting import Presented, unfit
from loyalty.vouchers.record import Changed, Outcome, UseMade, VoucherRecord, emptied, gives_something, with_more
from loyalty.vouchers.refusal import Deed, Hindrance, Refusal
from loyalty.vouchers.voucher import Purpose, Sold, VoucherState

_ISSUED, _REGISTERED = VoucherState.ISSUED, VoucherState.REGISTERED


def issue(record: VoucherRecord) -> Outcome:
    """Issue a draft for nothing. With an owner it is registered at once, unless it is a point coupon, which
    then waits for its owner."""
    return barred(record, Deed.ISSUE) or _issued(record, Deed.ISSUE, sold=None, face_minor=_face(record))


def sell(record: VoucherRecord, *, sold: Sold, price_minor: int) -> Outcome:
    """Issue a draft for `price_minor`: the VAT class is fixed here."""
    hindered = barred(record, Deed.SELL)
    if hindered is not None:
        return hindered
    value = record.voucher.value
    if not isinstance(value, MoneyValue | FreeGoods | FreeService):
        return no(record, Deed.SELL, Hindrance.NOT_FOR_SALE)
    wanted = value.rest_minor if isinstance(value, MoneyValue) else max(1, price_minor)
    if price_minor != wanted:
        return no(record, Deed.SELL, Hindrance.FACE_VALUE, needed=wanted, have=price_minor)
    if sold.purpose is Purpose.SINGLE and sold.vat_rate_bp is None:
        return no(record, Deed.SELL, Hindrance.RATE_MISSING)
    return _issued(record, Deed.SELL, sold=sold, face_minor=price_minor)


def register(record: VoucherRecord, *, customer: str, today: dt.date, presented: Presented | None = None) -> Outcome:
    """Give a free voucher its owner. A point coupon ends by it: the caller posts its points. That is its use, so
    where it is told how it is `presented`, it has to meet the coupon's conditions as at a till (V13 to V16)."""
    hindered = barred(record, Deed.REGISTER) or _outside_dates(record, Deed.REGISTER, today)
    if hindered is not None:
        return hindered
    voucher = record.voucher
    if voucher.owner not in (None, customer):
        return no(record, Deed.REGISTER, Hindrance.FOR_ANOTHER)
    is_points = isinstance(voucher.value, PointsValue)
    refused = unfit(record, Deed.REGISTER, presented) if is_points and presented is not None else None
    if refused is not None:
        return refused
    return _as(record, state=_REGISTERED, owner=customer, uses_left=0 if is_points else voucher.uses_left)


def transfer(record: VoucherRecord, *, to: str, today: dt.date) -> Outcome:
    """Give a registered voucher another owner, unless it is bound to the one it has (V16)."""
    hindered = barred(record, Deed.TRANSFER)
    if hindered is not None:
        return hindered
    voucher = record.voucher
    if voucher.owner_bound:
        return no(record, Deed.TRANSFER, Hindrance.OWNER_BOUND)
    if voucher.owner == to:
        return no(record, Deed.TRANSFER, Hindrance.SAME_OWNER)
    if voucher.valid_until is not None and voucher.valid_until < today:
        return no(record, Deed.TRANSFER, Hindrance.NO_LONGER_VALID, day=voucher.valid_until)
    return _as(record, owner=to)


def stays_with(record: VoucherRecord, *, account: str) -> Changed:
    """The owner turned out to have another account: it is theirs there, bound or not, alive or ended."""
    return _as(record, owner=account)


def use(record: VoucherRecord, *, minor: int | None = None) -> Outcome:
    """Take `minor` off a money voucher, or one use off any other (V1). The answer's `minor` is what the
    books move: for sold goods and services the use's share of the price."""
    hindered = barred(record, Deed.USE)
    if hindered is not None:
        return hindered
    voucher, value = record.voucher, record.voucher.value
    if isinstance(value, PointsValue):
        return no(record, Deed.USE, Hindrance.REGISTER_POINTS)
    if isinstance(value, MoneyValue):
        return _use_money(record, value, minor)
    if minor is not None:
        return no(record, Deed.USE, Hindrance.NO_AMOUNT)
    if not voucher.uses_left:
        return no(record, Deed.USE, Hindrance.MORE_THAN_LEFT, needed=1, have=0)
    share = record.unearned_minor // voucher.uses_left
    left = voucher.uses_left - 1
    return _used(replace(record, unearned_minor=record.unearned_minor - share), share, uses_left=left)


def give_back(record: VoucherRecord, *, made: UseMade, minor: int | None = None) -> Outcome:
    """Give a use back, or `minor` of it where it is money (None: all that is not back yet)."""
    back = made.minor - made.returned_minor if minor is None else minor
    hindered = barred(record, Deed.GIVE_BACK) or _not_returnable(record, made, back)
    if hindered is not None:
        return hindered
    fuller = with_more(record, back)
    left = 1 if record.is_money else record.voucher.uses_left + 1
    too_many = not record.is_money and left + record.lapsed_uses > record.uses_total
    if too_many or fuller.on_it_minor + fuller.lapsed_minor > record.face_minor:
        return no(record, Deed.GIVE_BACK, Hindrance.MORE_THAN_USED, needed=back, have=0)
    returned = replace(made, returned_minor=made.returned_minor + back, returned=not record.is_money)
    return Changed(record=_reopened(fuller, uses_left=left), minor=back, use=returned)


def change_validity(
    record: VoucherRecord,
    *,
    valid_from: dt.date | None,
    valid_until: dt.date | None,
    today: dt.date,
    revive: bool = False,
) -> Outcome:
    """Give a voucher other days, both included; None is open (V13). `revive` brings an expired one back,
    with what had gone to breakage."""
    deed = Deed.CHANGE_VALIDITY
    hindered = barred(record, deed)
    if hindered is not None:
        return hindered
    if valid_from is not None and valid_until is not None and valid_until < valid_from:
        return no(record, deed, Hindrance.DATES_REVERSED, day=valid_from)
    if valid_until is not None and valid_until < today:
        return no(record, deed, Hindrance.ENDS_IN_PAST, day=today)
    voucher = record.voucher
    if voucher.state is VoucherState.EXPIRED and not revive:
        return no(record, deed, Hindrance.NEEDS_REVIVAL)
    shorter = is_shorter(voucher, valid_from=valid_from, valid_until=valid_until, today=today)
    if voucher.sold is not None and shorter:
        return no(record, deed, Hindrance.NEVER_NARROWED, day=voucher.valid_until)
    dated = replace(record, voucher=replace(voucher, valid_from=valid_from, valid_until=valid_until))
    return _revived(dated) if revive and dated.lapsed_uses else Changed(record=dated)


def change_terms(record: VoucherRecord, *, conditions: Conditions, owner_bound: bool) -> Outcome:
    """Give a voucher other restrictions: articles, groups, branches, channels, hours, owner (V14 to V16).
    The validity in `conditions` is not looked at; that is `change_validity`."""
    deed = Deed.CHANGE_TERMS
    hindered = barred(record, deed)
    if hindered is not None:
        return hindered
    voucher = record.voucher
    if conditions.company != voucher.company:
        return no(record, deed, Hindrance.OTHER_COMPANY)
    if voucher.sold is not None and is_narrower(voucher, conditions, owner_bound=owner_bound):
        return no(record, deed, Hindrance.NEVER_NARROWED)
    restricted = replace(
        voucher,
        windows=conditions.windows,
        branches=conditions.branches,
        channels=conditions.channels,
        customer_groups=conditions.customer_groups,
        articles=conditions.articles,
        article_groups=conditions.article_groups,
        owner_bound=owner_bound,
    )
    return Changed(record=replace(record, voucher=restricted))


def cancel(record: VoucherRecord) -> Outcome:
    """End a voucher for good. The answer's `minor` is what was on it, to be refunded or kept."""
    return barred(record, Deed.CANCEL) or _ended(record, VoucherState.CANCELLED)


def expire(record: VoucherRecord, *, today: dt.date) -> Outcome:
    """End a voucher whose last day is over on `today`, the date of the branch that is the furthest behind.
    The answer's `minor` goes to breakage."""
    hindered = barred(record, Deed.EXPIRE)
    if hindered is not None:
        return hindered
    last = record.voucher.valid_until
    if last is None or today <= last:
        return no(record, Deed.EXPIRE, Hindrance.NOT_DUE, day=last)
    ended = _ended(record, VoucherState.EXPIRED)
    lapsed_uses = min(record.lapsed_uses + record.voucher.uses_left, record.uses_total)
    lapsed = replace(ended.record, lapsed_minor=record.lapsed_minor + ended.minor, lapsed_uses=lapsed_uses)
    return replace(ended, record=lapsed)


def _face(record: VoucherRecord) -> int:
    value = record.voucher.value
    return value.rest_minor if isinstance(value, MoneyValue) else 0


def _issued(record: VoucherRecord, deed: Deed, *, sold: Sold | None, face_minor: int) -> Outcome:
    voucher = record.voucher
    if not gives_something(voucher):
        return no(record, deed, Hindrance.GIVES_NOTHING)
    first, last = voucher.valid_from, voucher.valid_until
    if first is not None and last is not None and last < first:
        return no(record, deed, Hindrance.DATES_REVERSED, day=first)
    waits = voucher.owner is None or isinstance(voucher.value, PointsValue)
    one = record.is_money or isinstance(voucher.value, PointsValue)
    ready = replace(
        voucher,
        state=_ISSUED if waits else _REGISTERED,
        sold=sold,
        uses_left=1 if one else voucher.uses_left,
    )
    unearned = 0 if record.is_money else face_minor
    after = replace(record, voucher=ready, face_minor=face_minor, unearned_minor=unearned, uses_total=ready.uses_left)
    return Changed(record=after, minor=face_minor)


def _outside_dates(record: VoucherRecord, deed: Deed, today: dt.date) -> Refusal | None:
    """Registering posts the points of a point coupon, so that its first day counts as well."""
    voucher = record.voucher
    points = isinstance(voucher.value, PointsValue)
    if points and voucher.valid_from is not None and today < voucher.valid_from:
        return no(record, deed, Hindrance.NOT_YET_VALID, day=voucher.valid_from)
    if voucher.valid_until is not None and voucher.valid_until < today:
        return no(record, deed, Hindrance.NO_LONGER_VALID, day=voucher.valid_until)
    return None


def _as(record: VoucherRecord, **changes: object) -> Changed:
    return Changed(record=replace(record, voucher=replace(record.voucher, **changes)))


def _use_money(record: VoucherRecord, value: MoneyValue, minor: int | None) -> Outcome:
    if minor is None or minor <= 0:
        return no(record, Deed.USE, Hindrance.AMOUNT_WANTED)
    if minor > value.rest_minor:
        return no(record, Deed.USE, Hindrance.MORE_THAN_LEFT, needed=minor, have=value.rest_minor)
    return _used(with_more(record, -minor), minor, uses_left=int(minor < value.rest_minor))


def _not_returnable(record: VoucherRecord, made: UseMade, back: int) -> Refusal | None:
    """What of a use cannot be given back."""
    open_minor = made.minor - made.returned_minor
    if made.number > record.uses_made or made.returned or back > open_minor or (record.is_money and not open_minor):
        return no(record, Deed.GIVE_BACK, Hindrance.MORE_THAN_USED, needed=back, have=open_minor)
    if record.is_money and back <= 0:
        return no(record, Deed.GIVE_BACK, Hindrance.AMOUNT_WANTED)
    if not record.is_money and back != open_minor:
        return no(record, Deed.GIVE_BACK, Hindrance.ONLY_WHOLE)
    return None


def _used(record: VoucherRecord, minor: int, *, uses_left: int) -> Changed:
    state = record.voucher.state if uses_left else VoucherState.REDEEMED
    number = record.uses_made + 1
    after = replace(record, uses_made=number, voucher=replace(record.voucher, uses_left=uses_left, state=state))
    return Changed(record=after, minor=minor, use=UseMade(number=number, minor=minor))


def _reopened(record: VoucherRecord, *, uses_left: int) -> VoucherRecord:
    """Alive again, with an owner or without."""
    state = _ISSUED if record.voucher.owner is None else _REGISTERED
    return replace(record, voucher=replace(record.voucher, state=state, uses_left=uses_left))


def _revived(record: VoucherRecord) -> Changed:
    """What was left when it expired is on it again."""
    back = record.lapsed_minor
    left = 1 if record.is_money else record.voucher.uses_left + record.lapsed_uses
    alive = with_more(replace(record, lapsed_minor=0, lapsed_uses=0), back)
    return Changed(record=_reopened(alive, uses_left=left), minor=back)


def _ended(record: VoucherRecord, state: VoucherState) -> Changed:
    return Changed(record=emptied(record, state), minor=record.on_it_minor)

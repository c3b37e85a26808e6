"""Acts on vouchers are data: they survive being written as JSON, and their ids are those of printed codes."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from loyalty.acts import vouchers as acts
from loyalty.benefits import MoneyValue
from loyalty.conditions import Channel
from loyalty.vouchers.voucher import Purpose, Sold

ACTS = (
    acts.VouchersIssued
    | acts.DraftIssued
    | acts.VoucherRegistered
    | acts.VoucherTransferred
    | acts.VoucherUsed
    | acts.VoucherUseReturned
    | acts.ValidityChanged
    | acts.TermsChanged
    | acts.VoucherCancelled
    | acts.VouchersExpired
    | acts.VoucherMadeFor
    | acts.ChangeWished
)
ISSUED = acts.VouchersIssued(
    vouchers=("00000000000000aa",),
    like=acts.NewVoucher(company="bakery", value=MoneyValue(rest_minor=5000), channels=(Channel.WEBSHOP,)),
    sold=Sold(purpose=Purpose.MULTI),
    price_minor=5000,
)
EXPIRED = acts.VouchersExpired(today=dt.date(2026, 3, 2), lapsed=(acts.Lapsed("00000000000000aa", 5000),))


@pytest.mark.parametrize("act", [ISSUED, EXPIRED])
def test_an_act_is_the_same_after_being_stored(act: msgspec.Struct) -> None:
    assert msgspec.json.decode(msgspec.json.encode(act), type=ACTS) == act


def test_each_act_has_a_tag_of_its_own() -> None:
    tags = [str(one.__struct_config__.tag) for one in ACTS.__args__]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(("old", "new"), [(b"00000000000000aa", b"aa"), (b"5000}", b"-1}")])
def test_an_act_with_impossible_data_is_not_read(old: bytes, new: bytes) -> None:
    written = msgspec.json.encode(ISSUED).replace(old, new)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(written, type=ACTS)

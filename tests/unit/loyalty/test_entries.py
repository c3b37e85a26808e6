"""Journal entries: exact bytes, signed for one purpose, each bound to the one before."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loyalty import entries
from loyalty.entries import Body, CouponNoted, CouponRegistered, EpochBegun, GrantTaken, PointsSpent, RightsReturned
from loyalty.errors import ChainError, SignatureError, WireError
from loyalty.rights import LotSpend
from loyalty.signing import Domain, Signed, verify
from tests.unit.loyalty.samples import KEY, MEMBER, OTHER_KEY, POOL, entry, lot

BODIES: list[Body] = [
    EpochBegun(software="1.0"),
    GrantTaken(grant="g", request="r", member=MEMBER, lots=(lot("a", 5, expires_ms=9),), coupon="c", unlocked=False),
    PointsSpent(
        spend="s", member=MEMBER, pool=POOL, lots=(LotSpend("a", 5),), reward="cake", company="bakery-ltd", code="C"
    ),
    CouponRegistered(coupon="c", lot=lot("kiosk-7.1.4", 5)),
    CouponNoted(coupon="c", member=MEMBER, points=5),
    RightsReturned(member=MEMBER, pool=POOL, lots=(LotSpend("a", 5),), recall="rc"),
]
SPENT = entries.seal(entry(seq=3, prev=b"h" * 32, body=BODIES[2]), KEY)


def loose(payload: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.msgpack.decode(payload)
    return fields


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_an_entry_comes_back_as_it_was_sealed(body: Body) -> None:
    written = entry(seq=7, prev=b"p" * 32, body=body)
    assert entries.open_sealed(entries.seal(written, KEY), public=KEY.public) == written


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
@example(b"\x93" * 4_000)
@example(b"\x81\xa1" + b"\xff")
def test_hostile_bytes_raise_wire_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(WireError):
        entries.read_payload(data)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(SPENT.payload) - 1), value=st.integers(1, 255))
def test_any_changed_byte_breaks_the_signature_and_the_chain(place: int, value: int) -> None:
    changed = bytearray(SPENT.payload)
    changed[place] ^= value
    forged = Signed(bytes(changed), SPENT.key_id, SPENT.signature)
    with pytest.raises(SignatureError):
        entries.open_sealed(forged, public=KEY.public)
    assert entries.entry_hash(forged.payload) != entries.entry_hash(SPENT.payload)
    with suppress(WireError):
        entries.read_payload(forged.payload)


@pytest.mark.parametrize(
    "field",
    [{"seq": -1}, {"seq": 2**63}, {"epoch": 2**63}, {"prev": b"short"}, {"v": 2}, {"body": {"type": "gift"}}],
    ids=str,
)
def test_fields_that_no_terminal_writes_are_refused_although_they_are_signed(field: dict[str, Any]) -> None:
    payload = msgspec.msgpack.encode(loose(SPENT.payload) | field)
    with pytest.raises(WireError):
        entries.open_sealed(KEY.sign(Domain.JOURNAL, payload), public=KEY.public)


def test_an_unknown_field_of_a_newer_terminal_survives_an_older_reader() -> None:
    newer = msgspec.msgpack.encode(loose(SPENT.payload) | {"mood": "sunny"})
    signed = KEY.sign(Domain.JOURNAL, newer)
    assert entries.open_sealed(signed, public=KEY.public) == entries.read_payload(SPENT.payload)
    # What is passed on are the bytes as they came, and they are still signed and still chained.
    passed_on = msgspec.msgpack.decode(msgspec.msgpack.encode(signed), type=Signed)
    assert loose(verify(passed_on, domain=Domain.JOURNAL, public=KEY.public))["mood"] == "sunny"
    follower = entry(seq=4, prev=entries.entry_hash(newer))
    entries.check_follows(follower, head_seq=3, head=entries.entry_hash(passed_on.payload))


@pytest.mark.parametrize("domain", [domain for domain in Domain if domain is not Domain.JOURNAL])
def test_a_signature_of_another_domain_makes_no_entry(domain: Domain) -> None:
    with pytest.raises(SignatureError):
        entries.open_sealed(KEY.sign(domain, SPENT.payload), public=KEY.public)


def test_an_entry_of_another_terminals_key_is_refused() -> None:
    with pytest.raises(SignatureError):
        entries.open_sealed(SPENT, public=OTHER_KEY.public)
    with pytest.raises(SignatureError):
        entries.open_sealed(OTHER_KEY.sign(Domain.JOURNAL, SPENT.payload), public=KEY.public)
    with pytest.raises(SignatureError):
        entries.seal(entry(), OTHER_KEY)


def test_only_the_next_entry_with_the_hash_of_the_one_before_follows() -> None:
    head = entries.entry_hash(SPENT.payload)
    entries.check_follows(entry(seq=4, prev=head), head_seq=3, head=head)
    for wrong in (entry(seq=3, prev=head), entry(seq=5, prev=head), entry(seq=4, prev=bytes(32))):
        with pytest.raises(ChainError):
            entries.check_follows(wrong, head_seq=3, head=head)


@settings(max_examples=60, deadline=None)
@given(spend=st.text(max_size=40))
def test_a_hand_in_code_can_be_read_aloud(spend: str) -> None:
    code = entries.hand_in_code(spend)
    assert len(code) == 7
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert code == entries.hand_in_code(spend)


def test_ten_thousand_hand_in_codes_of_one_terminal_differ() -> None:
    codes = {entries.hand_in_code(f"{number:032x}") for number in range(10_000)}
    assert len(codes) == 10_000

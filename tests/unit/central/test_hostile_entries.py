"""An authentic entry may say anything: it is posted or goes to suspense, and never stops the desk."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.ledger.verify import verify_books
from loyalty import entries
from loyalty.entries import Body, ClockEvidence
from loyalty.rights import LotRight, LotSpend
from loyalty.wire.messages import Ack
from tests.unit.central.lab import (
    BREAD,
    NETWORK,
    Lab,
    PaperTerminal,
    balance,
    coupon_id,
    fresh_database,
    member,
    points_wanted,
)

COUPON = "coupon"  # stands for a real coupon's id, MEMBER for a real customer's
MEMBER = "member"
words = st.sampled_from([COUPON, MEMBER, BREAD, NETWORK, "de-molen", "opening-anna-0", "opening-vera-0", "", "\0", "é"])
names = words | st.text(max_size=80)
numbers = st.integers(-(2**63), 2**64 - 1) | st.integers(-2, 200)
maybe = st.none() | numbers
spends = st.lists(st.builds(LotSpend, names, numbers), max_size=4).map(tuple)
rights = st.builds(
    LotRight,
    lot=names,
    member=names,
    pool=names,
    points=numbers,
    issuer=names,
    origin=names,
    expires_ms=maybe,
    created_ms=numbers,
)
bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(entries.EpochBegun, names),
    st.builds(entries.GrantTaken, grant=names, request=names, member=names, coupon=st.none() | names),
    st.builds(
        entries.PointsSpent,
        spend=names,
        member=names,
        pool=names,
        lots=spends,
        reward=names,
        company=names,
        code=names,
    ),
    st.builds(entries.CouponRegistered, coupon=names, lot=rights),
    st.builds(entries.CouponNoted, coupon=names, member=names, points=numbers),
    st.builds(entries.RightsReturned, member=names, pool=st.none() | names, lots=spends, coupon=st.none() | names),
)
clocks = st.builds(ClockEvidence, wall_ms=numbers, monotonic_ms=numbers, boot_id=names, offset_ms=maybe)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.lists(st.tuples(bodies, clocks), min_size=1, max_size=12))
def test_no_authentic_entry_stops_the_ones_after_it(template: Path, written: list[tuple[Body, ClockEvidence]]) -> None:
    fresh_database(template)
    lab = Lab()
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 150))
    real = {COUPON: coupon_id("welcome-100"), MEMBER: member("anna")}
    for body, clock in written:
        molen.write(made_real(body, real), clock=clock)

    [ack, *_] = lab.upload(molen)

    assert isinstance(ack.message, Ack)
    assert ack.message.seq == len(written) + 1
    assert JournalEntry.objects.count() == len(written) + 2
    assert verify_books() == []
    assert 640 - 150 <= balance("anna") <= 640 + 100
    assert balance("vera") == 2400


def made_real(body: Body, real: dict[str, str]) -> Body:
    """`body` with the stand-ins replaced by ids that exist."""
    texts = {name: value for name, value in msgspec.structs.asdict(body).items() if isinstance(value, str)}
    changes = {name: real.get(value, value) for name, value in texts.items()}
    return msgspec.structs.replace(body, **changes)

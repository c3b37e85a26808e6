"""However batches are cut, doubled, reordered and interleaved: the books come out the same."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend_bridge.central.ledger.models import Holding, Transfer
from backend_bridge.central.ledger.verify import verify_books
from backend_bridge.central.vouchers.models import Voucher
from loyalty.entries import CouponNoted
from tests.unit.central.lab import (
    Lab,
    PaperTerminal,
    coupon_id,
    coupon_wanted,
    fresh_database,
    member,
    points_wanted,
    returned,
    spent,
    taken,
)
from tests.unit.central.test_coupons import registered

Books = tuple[list[tuple[str, int, int]], list[tuple[str, str, int]], list[tuple[str, str]]]


def two_journals(lab: Lab) -> list[PaperTerminal]:
    """Two terminals that were granted rights, and then worked offline."""
    first, second = PaperTerminal("molen-1"), PaperTerminal("molen-2")
    for paper, name in ((first, "anna"), (second, "vera")):
        spend = lab.grant(paper, points_wanted(name, 120), take=False)
        give_back = lab.grant(paper, points_wanted(name, 80), take=False)
        paper.write(taken(spend))
        paper.write(spent(spend.lots))
        paper.write(taken(give_back))
        paper.write(spent(spend.lots))  # a second time: suspense
        paper.write(returned(give_back.lots))
    coupon = lab.grant(first, coupon_wanted("bram", coupon_id("bread-50")), take=False)
    first.write(taken(coupon))
    first.write(registered(coupon, first))
    second.write(CouponNoted(coupon=coupon_id("used-75"), member=member("vera"), points=75))
    return [first, second]


def books() -> Books:
    """What the books say, without ids that are made anew each time."""
    return (
        sorted(Transfer.objects.exclude(cause__key__startswith="grant/").values_list("cause__key", "line", "amount")),
        list(Holding.objects.filter(amount__gt=0).order_by("account", "lot").values_list("account", "lot", "amount")),
        list(Voucher.objects.order_by("pk").values_list("pk", "state")),
    )


slices = st.tuples(st.integers(0, 1), st.integers(0, 8), st.integers(1, 8))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(slices, max_size=12))
def test_any_delivery_of_batches_converges_to_the_same_books(
    template: Path, deliveries: list[tuple[int, int, int]]
) -> None:
    fresh_database(template)
    lab = Lab()
    for paper in two_journals(lab):
        lab.upload(paper)
    straight = books()

    fresh_database(template)
    lab = Lab()
    papers = two_journals(lab)
    for which, start, count in deliveries:
        lab.upload(papers[which], start, start + count)
        assert verify_books() == []
    for paper in papers:
        lab.upload(paper)

    assert books() == straight
    assert verify_books() == []

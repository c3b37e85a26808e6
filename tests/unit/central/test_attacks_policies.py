"""Nobody who reverses is milder than the company, and of a top-up no more comes back than is still there."""

from __future__ import annotations

import pytest
from django.conf import settings

from backend_bridge.__main__ import main
from backend_bridge.central.errors import CentralError
from backend_bridge.central.ledger.models import Account, Debt, Lot
from backend_bridge.central.sales.errors import BadSale, NotReturnable
from backend_bridge.central.sales.models import Reversal
from backend_bridge.central.sales.terms import policy_of, set_policy
from loyalty.benefits import PointsPerTurnover
from loyalty.evaluation.case import PointsTender
from loyalty.reversal.errors import PointsSpent
from loyalty.reversal.request import ReverseLine
from loyalty.reversal.taking_back import SpentPolicy
from tests.unit.central.api_neighbour import neighbour
from tests.unit.central.lab import BREAD, Lab, balance
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import NOW, booked, buy_points, line, lots, no_campaigns, released, reverse, sell
from tests.unit.central.test_office import logged_in

MOLEN = "de-molen"
HERE = "branches/utrecht-centraal/receipts"
ABSORB, KEEP, REFUSE = SpentPolicy.ABSORB, SpentPolicy.WITHIN_BALANCE, SpentPolicy.REFUSE


@pytest.fixture(autouse=True)
def _quiet(lab: Lab) -> None:
    no_campaigns()


def spent_award() -> None:
    """Bram has 80 points, earns 100 by r-1, and spends all."""
    released("ten", PointsPerTurnover(pool=BREAD, rate=1000))
    sell(line(1, 1000), who="bram")
    spend(180)


def spend(points: int) -> None:
    told = sell(line(1, points), receipt="spent", who="bram", tenders=(PointsTender(pool=BREAD, points=points),))
    assert told.evaluation.open_minor == 0


def origins(name: str = "bram") -> dict[str, int]:
    """A customer's points by origin."""
    sums: dict[str, int] = {}
    for lot, points in lots(name).items():
        origin = Lot.objects.get(pk=lot).origin
        sums[origin] = sums.get(origin, 0) + points
    return sums


@pytest.mark.parametrize(("own", "asked"), [(ABSORB, KEEP), (REFUSE, ABSORB), (REFUSE, KEEP)])
def test_no_reversal_is_milder_than_the_company(own: SpentPolicy, asked: SpentPolicy) -> None:
    spent_award()
    with pytest.raises(BadSale) as caught:
        reverse(policy=own, asked=asked)
    assert (caught.value.field, caught.value.rule) == ("policy", "stricter")
    assert not Reversal.objects.exists()


@pytest.mark.parametrize(("own", "asked", "owed"), [(KEEP, ABSORB, 100), (ABSORB, ABSORB, 100), (KEEP, None, 0)])
def test_the_companys_policy_counts_or_a_stricter_one(own: SpentPolicy, asked: SpentPolicy | None, owed: int) -> None:
    spent_award()
    told = reverse(policy=own, asked=asked, key="once")
    assert (told.owed, told.forgiven) == (owed, 100 - owed)

    again = reverse(policy=REFUSE, asked=asked, key="once")
    assert again.repeated
    assert_replays()


def test_the_strictest_can_always_be_asked_for() -> None:
    spent_award()
    with pytest.raises(PointsSpent):
        reverse(policy=KEEP, asked=REFUSE)


def test_a_key_forgives_nothing_that_the_company_does_not() -> None:
    spent_award()
    caller = neighbour()
    refused = caller.post(f"{HERE}/r-1/reversals", {"policy": "within_balance"})
    assert refused.broken == {("body.policy", "stricter")}

    set_policy(KEEP, company=MOLEN)
    assert caller.post(f"{HERE}/r-1/reversals", {}).body["forgiven"] == 100


def test_the_operator_chooses_in_the_office_or_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy_of(MOLEN) is ABSORB
    page, told = "/office/sales/reversalterms/", {"company": MOLEN, "spent": "refuse"}
    assert logged_in("molen").post(f"{page}add/", told).status_code == 403
    assert logged_in("office").post(f"{page}add/", told).status_code == 302
    assert policy_of(MOLEN) is REFUSE
    assert logged_in("molen").post(f"{page}{MOLEN}/change/", {"spent": "absorb"}).status_code == 403

    command = ["set-reversal-policy", "--data", str(settings.DATA), "--policy", "within_balance", "--company"]
    assert main([*command, MOLEN]) == 0
    assert "within_balance" in capsys.readouterr().out
    assert (policy_of(MOLEN), policy_of("kavarna-kaple")) == (KEEP, ABSORB)
    with pytest.raises(CentralError, match="no company"):
        set_policy(KEEP, company="nobody")


def bought_with_bonus(bonus: int) -> str:
    """A top-up of 1000 points by Bram, whose bonus is spent before what he bought: of two lots of one moment the lower
    id goes first, so that another number is tried where it is the other way round."""
    for number in range(50):
        receipt = f"top-{number}"
        buy_points(1000, bonus=bonus, who="bram", receipt=receipt)
        of_today = Lot.objects.filter(pk__in=lots("bram"), created_at=NOW).exclude(origin="earned").order_by("pk")
        if of_today.values_list("origin", flat=True)[0] == "goodwill":
            return receipt
        reverse(receipt)
    raise AssertionError("by chance alone this does not happen")


def spent_bonus(bonus: int, left: int = 0) -> str:
    """Such a top-up of which the bonus is spent but for `left`, and no bought point is."""
    receipt = bought_with_bonus(bonus)
    spend(80 + bonus - left)
    assert origins() == {"purchased": 1000} | ({"goodwill": left} if left else {})
    return receipt


@pytest.mark.parametrize("own", SpentPolicy)
def test_v17_the_price_is_not_refunded_without_the_bonus(own: SpentPolicy) -> None:
    receipt = spent_bonus(100)
    with pytest.raises(NotReturnable) as caught:
        reverse(receipt, policy=own)
    assert (caught.value.field, caught.value.rule) == ("lines", "spent" if own is KEEP else "bonus_spent")
    assert (balance("bram"), Debt.objects.count()) == (1000, 0)


@pytest.mark.parametrize(("bonus", "left", "refunded"), [(100, 30, 300), (30, 10, 333), (999, 1, 1), (100, 100, 1000)])
def test_v17_what_is_refunded_is_in_proportion_to_the_bonus_that_is_there(bonus: int, left: int, refunded: int) -> None:
    receipt = spent_bonus(bonus, left)
    till = booked(Account.Kind.TILL, "EUR")
    told = reverse(receipt, policy=KEEP)

    assert (told.reversal.refund_minor, told.forgiven, told.owed) == (refunded, 0, 0)
    assert booked(Account.Kind.TILL, "EUR") == till + refunded
    assert origins().get("purchased", 0) == 1000 - refunded
    if refunded < 1000:
        with pytest.raises(NotReturnable):
            reverse(receipt, policy=KEEP)
    assert_replays()


def test_v17_parts_come_to_no_more_than_the_whole(lab: Lab) -> None:
    receipt, part = spent_bonus(100, 35), ReverseLine(line=1, gross_minor=77)
    parts = [reverse(receipt, part, policy=KEEP) for _ in range(5)]
    assert [told.reversal.refund_minor for told in parts] == [77, 77, 77, 77, 42]
    assert all(told.forgiven == told.owed == 0 for told in parts)
    with pytest.raises(NotReturnable):
        reverse(receipt, part, policy=KEEP)


def test_v17_other_points_make_good_for_a_bonus_that_is_spent(lab: Lab) -> None:
    receipt = spent_bonus(100)
    with pytest.raises(NotReturnable):
        reverse(receipt)
    released("ten", PointsPerTurnover(pool=BREAD, rate=1000))
    sell(line(1, 1000), who="bram", receipt="later")

    told = reverse(receipt)
    assert (told.reversal.refund_minor, told.owed, balance("bram")) == (1000, 0, 0)

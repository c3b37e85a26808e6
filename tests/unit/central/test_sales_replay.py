"""Sales, reversals, top-ups and expiry come out the same when the books are made anew."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.ledger.models import Lot
from backend_bridge.central.sales.expiring import expire_lots
from loyalty.benefits import AmountOff, PercentOff, PointsPerTurnover, Rebate
from loyalty.campaigns.campaign import Limits
from loyalty.evaluation.case import CardTender, PointsTender
from loyalty.reversal.request import ReverseLine
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import NOW, buy_points, line, pay, put_in_group, released, reverse, sell


def test_everything_that_sales_do_can_be_made_anew(lab: Lab) -> None:
    put_in_group("vera", "vip")
    limits = Limits(budget=500, uses=9, uses_per_customer=3, uses_per_day=5)
    released("off", AmountOff(amount_minor=100), limits=limits)
    released("later", Rebate(rate_bp=500))
    sell(line(1, 1000), line(2, 500, "drinks"), tenders=pay(300))
    sell(line(1, 2000), receipt="r-2", who="vera", tenders=pay(1000, NETWORK))
    sell(line(1, 800), receipt="r-3", who=None)
    reverse("r-1", ReverseLine(line=2))
    released("off", AmountOff(amount_minor=50), limits=Limits(budget=90, uses=9))  # less than was given
    reverse("r-2")
    reverse("r-1")
    buy_points(5000, bonus=500)
    sell(line(1, 6200, "wellness"), receipt="spa", tenders=(PointsTender(pool=BREAD), CardTender()))
    sell(line(1, 700), receipt="r-5")
    reverse("spa")

    assert_replays()


def test_a_debt_its_filling_and_breakage_replay(lab: Lab) -> None:
    released("much", PointsPerTurnover(pool=BREAD, rate=5_000), article_groups=("bread",))
    released("tenth", PercentOff(rate_bp=1000), limits=Limits(uses=5))
    sell(line(1, 1000), who="bram")
    sell(line(1, 550, "drinks"), who="bram", receipt="spends", tenders=pay())
    reverse()
    sell(line(1, 1000), who="bram", receipt="fills")
    assert_replays()


def test_points_that_ran_out_replay_at_the_time_when_they_did(lab: Lab) -> None:
    sell(line(1, 1000))
    before = set(Lot.objects.values_list("pk", flat=True))
    assert before
    assert expire_lots(at=NOW + dt.timedelta(days=400)) == 0
    assert_replays()

"""What receipts come to by the campaigns, pools and limits of today (P1, P2, P3, P4, P7, P8, P9, P10, C3, C4, C5)."""

from __future__ import annotations

import datetime as dt

from backend_bridge.central.ledger.models import Account, Transfer
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.sales.models import Receipt
from backend_bridge.central.sales.services import record_sale
from loyalty.benefits import AmountOff, PointsPerTurnover
from loyalty.campaigns.campaign import Limits
from loyalty.windows import Weekday, Window
from tests.unit.central.lab import BREAD, NETWORK, Lab, balance, member
from tests.unit.central.sales_shop import (
    BAR,
    MOLEN,
    NOW,
    attempt,
    booked,
    left_in,
    line,
    lots,
    no_campaigns,
    pay,
    put_in_group,
    released,
    request,
    sell,
)

Kind = Account.Kind


def test_p1_p10_five_points_for_every_euro_of_bread_are_booked_as_one_lot(lab: Lab) -> None:
    told = sell(line(1, 730), line(2, 400, "drinks"))

    assert [(one.campaign, one.points) for one in told.evaluation.awards] == [("1-bread", 36)]
    assert told.balances == {BREAD: 676, NETWORK: 1240}
    assert balance("anna") == 676
    [lot] = set(lots("anna")) - {"opening-anna-0", "opening-anna-1"}
    awarded = Transfer.objects.get(lot=lot)
    assert (awarded.kind, awarded.amount, awarded.debit.kind) == ("awarded", 36, "company_funding")


def test_p10_ten_points_per_euro_on_cocktails_are_network_points_of_the_bar(lab: Lab) -> None:
    told = sell(line(1, 950, "cocktails"), line(2, 300, "snacks"), place=BAR)

    assert [(one.campaign, one.pool, one.points) for one in told.evaluation.awards] == [("2-cocktails", NETWORK, 95)]
    assert booked(Kind.COMPANY_FUNDING, NETWORK, company="cocktailbar-zuid") == -(1240 + 400 + 95)


def test_p10_a_vip_gets_twenty_points_per_euro_on_everything_besides(lab: Lab) -> None:
    put_in_group("vera", "vip")

    assert sum(one.points for one in sell(line(1, 1000, "drinks"), who="vera").evaluation.awards) == 200
    assert not sell(line(1, 1000, "drinks"), receipt="r-2").evaluation.awards


def test_c4_c5_the_three_coupons_of_the_demonstration_hold_on_their_days(lab: Lab) -> None:
    put_in_group("anna", "coupons", company="kavarna-kaple")
    put_in_group("anna", "coupons")
    kaple = ("kavarna-kaple", "kaple")
    lunch = (line(1, 20_000, "main-courses"), line(2, 6_000, "coffee"))
    monday, wednesday, friday = NOW, NOW + dt.timedelta(days=2), NOW + dt.timedelta(days=4)

    def off(*lines: object, at: dt.datetime, place: tuple[str, str], who: str = "anna") -> int:
        return attempt(*lines, at=at, place=place, who=who).evaluation.discount_minor  # type: ignore[arg-type]

    assert off(*lunch, at=monday, place=kaple) == 2_000
    assert off(*lunch, at=wednesday, place=kaple) == 6_000
    assert off(*lunch, at=friday, place=kaple) == 0
    assert off(*lunch, at=wednesday + dt.timedelta(days=7), place=kaple) == 0  # that Wednesday, not every one
    assert (off(line(1, 500), at=friday, place=MOLEN), off(line(1, 500), at=monday, place=MOLEN)) == (50, 0)
    assert off(*lunch, at=monday, place=kaple, who="bram") == 0  # C3: the card of who has the coupon


def test_p2_the_customer_chooses_how_many_points_pay_and_the_rest_is_paid_in_money(lab: Lab) -> None:
    told = sell(line(1, 1000), tenders=pay(200))
    [points, cash] = told.evaluation.paid

    assert (points.minor, points.points, cash.minor) == (200, 200, 800)
    assert told.evaluation.awards[0].turnover_minor == 800  # no points for what points pay
    assert balance("anna") == 640 - 200 + 40
    assert lots("anna")["opening-anna-0"] == 240  # the oldest first
    assert booked(Kind.COMPANY_REDEEMED, BREAD) == 200


def test_p7_a_point_is_worth_what_its_pool_says(lab: Lab) -> None:
    Pool.objects.filter(pk=BREAD).update(point_value_minor=5)
    [points, cash] = sell(line(1, 1000), tenders=pay(100)).evaluation.paid

    assert (points.points, points.minor, cash.minor) == (100, 500, 500)


def test_p8_below_the_minimum_nothing_is_spent_and_from_it_on_any_part(lab: Lab) -> None:
    tenders = pay(10, NETWORK)
    low = sell(line(1, 1000), who="bram", tenders=tenders)
    high = sell(line(1, 1000), receipt="r-2", tenders=tenders)

    assert [one.reason for one in low.evaluation.not_applied if one.kind == "tender"] == ["below_minimum"]
    assert [one.points for one in high.evaluation.paid] == [10, 0]


def test_p8_a_campaign_can_ask_for_more_than_its_pool(lab: Lab) -> None:
    released("high", PointsPerTurnover(pool=BREAD, rate=100, minimum_balance=700))

    reasons = {one.id: one for one in sell(line(1, 500), tenders=pay(5)).evaluation.not_applied}
    assert (reasons[BREAD].reason, reasons[BREAD].needed) == ("below_minimum", 700)


def test_p4_network_points_of_another_company_are_noted_for_clearing_by_vat_rate(lab: Lab) -> None:
    from backend_bridge.central.clearing.models import ClearingLine

    sell(line(1, 600), line(2, 400, "books", vat_rate_bp=2100), tenders=pay(500, NETWORK))

    rows = ClearingLine.objects.values_list("issuer", "taker", "rate_bp", "points", "value_minor", "reference")
    cause = "sale/utrecht-centraal/r-1"
    assert set(rows) == {
        ("cocktailbar-zuid", "de-molen", 900, 300, 300, cause),
        ("cocktailbar-zuid", "de-molen", 2100, 200, 200, cause),
    }


def test_p3_a_companys_own_points_make_no_clearing(lab: Lab) -> None:
    from backend_bridge.central.clearing.models import ClearingLine

    sell(line(1, 600), tenders=pay(100))
    assert not ClearingLine.objects.exists()


def test_p9_windows_are_judged_by_when_it_was_bought(lab: Lab) -> None:
    monday_morning = Window(weekdays=(Weekday.MONDAY,), start="10:00", end="11:30")
    released("early", AmountOff(amount_minor=100), windows=(monday_morning,))

    def off(receipt: str, happened_at: dt.datetime) -> int:
        told = record_sale(
            company=MOLEN[0],
            branch=MOLEN[1],
            request=request(receipt=receipt),
            by="x",
            at=NOW + dt.timedelta(hours=5),
            happened_at=happened_at,
        )
        return told.evaluation.discount_minor

    assert off("a", NOW) == 100  # 10:00 UTC is 11:00 in Utrecht
    assert off("b", NOW + dt.timedelta(minutes=30)) == 0
    assert Receipt.objects.get(number="a").happened_at == NOW


def test_limits_are_consumed_with_the_sale_and_refuse_when_they_are_used_up(lab: Lab) -> None:
    no_campaigns()
    limits = Limits(budget=250, uses=5, uses_per_customer=2, uses_per_day=3)
    released("few", AmountOff(amount_minor=100), limits=limits)

    def reason(receipt: str, who: str, at: dt.datetime = NOW) -> str:
        told = sell(line(1, 500), receipt=receipt, who=who, at=at)
        return str(told.evaluation.not_applied[0].reason) if not told.evaluation.discount_minor else "given"

    assert [reason("a", "anna"), reason("b", "anna"), reason("c", "anna")] == ["given", "given", "customer_uses_spent"]
    assert reason("d", "bram") == "budget_spent"
    assert (left_in("1-few/uses/"), left_in("1-few/budget/"), left_in("1-few/day/2026-03-02")) == (3, 50, 1)
    assert left_in(f"1-few/customer/{member('anna')}") == 0


def test_the_day_of_a_limit_is_the_branchs_own(lab: Lab) -> None:
    no_campaigns()
    released("daily", AmountOff(amount_minor=100), limits=Limits(uses_per_day=1))
    late = dt.datetime(2026, 3, 2, 22, 59, tzinfo=dt.UTC)  # 23:59 in Utrecht

    given = [
        sell(line(1, 500), receipt=str(number), at=late + dt.timedelta(minutes=number)).evaluation.discount_minor
        for number in range(3)
    ]
    assert given == [100, 100, 0]

"""Racing for the limits of campaigns, with receipts that everybody is sold: some with the discount, the others
without. Each is paid with points too, so that receipts of one customer stand in each other's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend_bridge.central.campaigns import versions
from backend_bridge.central.campaigns.models import Campaign as Row
from backend_bridge.central.campaigns.models import LimitStock, Stage
from backend_bridge.central.organisation.models import Company
from backend_bridge.central.sales.request import SaleRequest, Who
from backend_bridge.central.sales.services import record_sale, sale_key
from hw_sim.racing.course import Prize, Start
from hw_sim.racing.points import AT, COMPANY, POOL, Refused, enrol, open_points
from loyalty.benefits import AmountOff
from loyalty.campaigns.campaign import Campaign, Limits
from loyalty.campaigns.taking import Limit
from loyalty.evaluation.case import CashTender, PointsTender
from loyalty.receipts.receipt import Line, Receipt

BRANCH = "utrecht-centraal"
_PRICE, _OFF, _POINTS = 1000, 50, 2
_CUSTOMERS = 5
#: How many receipts of one customer a campaign may serve where that is its limit.
_EACH = 2


class CampaignLimits:
    """Campaigns with one limit each: none gives more than that."""

    def lay_out(self, count: int) -> tuple[list[Prize], list[Start]]:
        """Four campaigns; at least three times as many receipts as each may serve."""
        Row.objects.update(stage=Stage.PAUSED)
        each = count // 4
        customers = [enrol(f"shopper-{number}") for number in range(_CUSTOMERS)]
        for customer in customers:
            open_points(customer, _POINTS * count)
        share = max(each // 3, 1)
        limits = {
            Limit.USES: (Limits(uses=share), share),
            Limit.DAY: (Limits(uses_per_day=share), share),
            Limit.BUDGET: (Limits(budget=share * _OFF + _OFF - 1), share),
            Limit.CUSTOMER: (Limits(uses_per_customer=_EACH), _EACH * _CUSTOMERS),
        }
        prizes, starts = [], []
        for limit, (about, affordable) in limits.items():
            campaign = _released(limit.value, about)
            prizes.append(Prize(event="limits", subject=campaign, affordable=affordable))
            starts += [
                Start(
                    event="limits",
                    key=sale_key(BRANCH, f"{limit}-{n}"),
                    subject=campaign,
                    who=customers[n % _CUSTOMERS],
                    always=True,
                )
                for n in range(each)
            ]
        return prizes, starts

    def run(self, start: Start) -> Any:
        """Sell a receipt; refused is the discount, the receipt never is."""
        line = Line(line=1, article="bread", group=start.subject, gross_minor=_PRICE, vat_rate_bp=900)
        request = SaleRequest(
            receipt=Receipt(receipt=start.key.rpartition("/")[2], lines=(line,)),
            who=Who(member=start.who),
            tenders=(PointsTender(pool=POOL, points=_POINTS), CashTender()),
        )
        told = record_sale(company=COMPANY, branch=BRANCH, request=request, by="racing", at=AT)
        if start.subject not in {discount.id for discount in told.evaluation.discounts}:
            raise Refused
        return told.evaluation

    def left(self, prize: Prize, taken: Sequence[Start]) -> list[str]:
        """What was taken from the limit is what was given."""
        stocks = LimitStock.objects.filter(campaign=prize.subject)
        gone = sum(stock.most - stock.left + stock.over for stock in stocks)
        wanted = len(taken) * (_OFF if any(stock.most % _OFF == _OFF - 1 for stock in stocks) else 1)
        return [] if gone == wanted else [f"campaign {prize.subject}: {wanted} were given, {gone} are taken"]


def _released(code: str, limits: Limits) -> str:
    """A campaign for lines of its own group."""
    company = Company.objects.get(pk=COMPANY)
    campaign = versions.campaign_id(company, f"racing-{code}")
    rule = Campaign(
        campaign=campaign,
        company=COMPANY,
        benefit=AmountOff(amount_minor=_OFF),
        article_groups=(campaign,),
        limits=limits,
    )
    made = versions.save(
        company=company, code=f"racing-{code}", rule=rule, names={"en": code, "nl": code}, by="racing", at=AT
    )
    versions.set_stage(made.campaign, Stage.RELEASED)
    return campaign

"""One evaluation while it runs: what it is given, and what was found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.evaluation.basket import Basket
from loyalty.evaluation.case import Sale
from loyalty.evaluation.limits import uses_refusal
from loyalty.evaluation.result import NotApplied, Reason
from loyalty.evaluation.rules import ReadyCampaign, Rules
from loyalty.evaluation.terms import Occasion
from loyalty.windows import wall_clock


@dataclass(slots=True, eq=False)
class Work:
    """`campaigns` are those whose conditions are met; `not_applied` collects the others."""

    sale: Sale
    rules: Rules
    basket: Basket
    occasion: Occasion
    not_applied: list[NotApplied] = field(default_factory=list)
    campaigns: list[ReadyCampaign] = field(default_factory=list)

    def __post_init__(self) -> None:
        stocks = {stock.campaign: stock for stock in self.sale.stocks}
        known = self.occasion.customer is not None
        for ready in self.rules.campaigns:
            refusal = ready.terms.refusal(self.occasion)
            if refusal is None and ready.award is not None and not known:
                refusal = ready.terms.no(Reason.CUSTOMER_NEEDED)
            if refusal is None and ready.limited:
                refusal = uses_refusal(ready, stocks.get(ready.id), known_customer=known)
            if refusal is None:
                self.campaigns.append(ready)
            else:
                self.not_applied.append(refusal)


def begin(sale: Sale, rules: Rules) -> Work:
    """An evaluation at its beginning."""
    occasion = Occasion(
        clock=wall_clock(sale.at, rules.zone),
        channel=sale.receipt.channel,
        customer=sale.customer,
        groups=frozenset(sale.customer.groups) if sale.customer else frozenset(),
    )
    return Work(sale, rules, Basket(sale.receipt), occasion)

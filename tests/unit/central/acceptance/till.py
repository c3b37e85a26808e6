"""A shop's own system that knows nothing but the HTTP API, and a look into the books behind it."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from backend_bridge.central.ledger.models import Account, Transfer
from tests.unit.central.api_neighbour import Neighbour, Reply, neighbour

BAKERY, BAR, CAFE = "de-molen", "cocktailbar-zuid", "kavarna-kaple"
CENTRAAL, ZUID, KAPLE = "utrecht-centraal", "zuid", "kaple"
CASH, CARD = {"type": "cash"}, {"type": "card"}
_receipts = itertools.count(1)
_cards = itertools.count(0x04A1B2C3D4E500)


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a card in their hand, and the id by which a company knows them."""

    id: str
    username: str
    card: str


class Till:
    """The system of one branch, with a key of its own."""

    def __init__(self, company: str = BAKERY, branch: str = CENTRAAL, *, channel: str = "terminal") -> None:
        self.company = company
        self.branch = branch
        self.api: Neighbour = neighbour(company, branch=branch, channel=channel)

    def enrol(self, username: str) -> Customer:
        """A new customer of the programme, with a card."""
        card = f"{next(_cards):014x}"
        told = done(self.api.post("customers", {"username": username, "card": {"number": card}}), 201)
        return Customer(id=told["customer"], username=username, card=card)

    def give(self, who: Customer, points: int, pool: str, **more: Any) -> None:
        """Points by the company's own decision."""
        gift = {"customer": who.id, "pool": pool, "points": points, **more}
        assert self.api.post("points/gifts", gift).status == 201

    def send(
        self,
        *lines: dict[str, Any],
        who: Customer | None = None,
        receipt: str = "",
        key: str | None = None,
        **more: Any,
    ) -> Reply:
        """Record a receipt; paid in cash unless told otherwise."""
        body = self._body(lines, who, receipt or f"r-{next(_receipts)}", more)
        return self.api.post(f"branches/{self.branch}/receipts", body, key=key)

    def sell(self, *lines: dict[str, Any], who: Customer | None = None, **more: Any) -> dict[str, Any]:
        """The same, which has to succeed: the whole answer."""
        return done(self.send(*lines, who=who, **more), 201)

    def attempt(self, *lines: dict[str, Any], who: Customer | None = None, **more: Any) -> dict[str, Any]:
        """What a receipt would come to, by the same rules, with nothing booked: its evaluation."""
        body = self._body(lines, who, "try", more)
        told = done(self.api.send("POST", f"branches/{self.branch}/receipts/evaluation", body=body), 200)
        return dict(told["evaluation"])

    def reverse(self, receipt: str, **wanted: Any) -> dict[str, Any]:
        """Take a receipt back, or some lines of it."""
        return done(self.api.post(f"branches/{self.branch}/receipts/{receipt}/reversals", wanted), 201)

    def voucher(self, value: dict[str, Any], **more: Any) -> str:
        """The id of a new voucher; `sold` and `price_minor` sell it, anything else is a term of it."""
        sale = {name: more.pop(name) for name in ("sold", "price_minor", "count", "batch", "draft") if name in more}
        like = {"company": self.company, "value": value, **more}
        return str(done(self.api.post("vouchers", {"like": like, **sale}), 201)["voucher"])

    def on_card(self, value: dict[str, Any], who: Customer, **more: Any) -> str:
        """A coupon on a customer's card: nothing is printed, nothing has to be shown."""
        return self.voucher(value, form="account", owner=who.id, owner_bound=True, **more)

    def status(self, voucher: str) -> dict[str, Any]:
        """Everything about a voucher now."""
        return done(self.api.get(f"vouchers/{voucher}"), 200)

    def points(self, who: Customer, pool: str) -> int:
        """The customer's balance in a pool, as the company is told it."""
        return int(done(self.api.get(f"customers/{who.id}/balances/{pool}"), 200)["points"])

    def _body(
        self, lines: tuple[dict[str, Any], ...], who: Customer | None, receipt: str, more: dict[str, Any]
    ) -> dict[str, Any]:
        buyer = {} if who is None else {"who": {"card": who.card}}
        return {"receipt": {"receipt": receipt, "lines": list(lines)}, "tenders": [CASH], **buyer, **more}


class Books:
    """What is new in the ledger since somebody looked last."""

    def __init__(self) -> None:
        self._seen = 0
        self.news()

    def news(self) -> list[str]:
        """The transfers in their order, as `50 bread-points: company_funding(de-molen) > member_main(nora)`."""
        rows = Transfer.objects.filter(pk__gt=self._seen).select_related(
            "debit__member", "credit__member", "debit", "credit"
        )
        found = list(rows.order_by("cause", "line"))
        self._seen = max([self._seen, *(row.pk for row in found)])
        return [f"{row.amount} {row.unit}: {_place(row.debit)} > {_place(row.credit)}" for row in found]

    def origins(self, username: str, pool: str) -> dict[str, int]:
        """What a customer's lots in a pool hold, by origin."""
        held: dict[str, int] = {}
        for row in Transfer.objects.filter(lot__member__username=username, unit=pool).select_related("lot"):
            for account, sign in ((row.credit, 1), (row.debit, -1)):
                if row.lot is not None and account.kind == Account.Kind.MEMBER_MAIN:
                    held[row.lot.origin] = held.get(row.lot.origin, 0) + sign * row.amount
        return held


def line(
    number: int, gross_minor: int, group: str = "bread", *, article: str = "", vat: int = 900, **more: Any
) -> dict[str, Any]:
    """A line of a receipt; VAT in basis points."""
    named = {"line": number, "article": article or f"{group}-{number}", "group": group}
    return {**named, "gross_minor": gross_minor, "vat_rate_bp": vat, **more}


def points(count: int | None, pool: str) -> list[dict[str, Any]]:
    """Pay with this many points, or as many as it takes; the rest in cash."""
    return [{"type": "points", "pool": pool, "points": count}, CASH]


def done(reply: Reply, status: int) -> dict[str, Any]:
    """The body of an answer that has to have this status."""
    assert reply.status == status, reply
    return dict(reply.body)


def awards(evaluation: dict[str, Any]) -> dict[str, int]:
    """The points of each campaign that gave any."""
    return {one["campaign"]: one["points"] for one in evaluation["awards"]}


def paid(evaluation: dict[str, Any]) -> list[tuple[str, int]]:
    """The payments: kind and minor units."""
    return [(one["type"], one["minor"]) for one in evaluation["paid"]]


def refused(evaluation: dict[str, Any], what: str) -> str:
    """Why this campaign, voucher or pool did nothing."""
    [reason] = [one["reason"] for one in evaluation["not_applied"] if one["id"] == what]
    return str(reason)


def _place(account: Account) -> str:
    owner = account.member.username if account.member is not None else account.company_id
    return f"{account.kind}({owner})"

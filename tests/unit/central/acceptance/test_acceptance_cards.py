"""D2 whole, as it happens at a counter: a card with a PIN, topped up, paid with, forgotten, lost and replaced."""

from __future__ import annotations

import itertools

import pytest

from backend_bridge.central.customers.models import CardEvent
from backend_bridge.central.organisation.models import Company
from tests.unit.central.acceptance.rush_hour import at_once
from tests.unit.central.acceptance.till import (
    BAKERY,
    BAR,
    CENTRAAL,
    ZUID,
    Books,
    Customer,
    Till,
    done,
    line,
    paid,
    points,
)
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.api_neighbour import Reply
from tests.unit.central.lab import BREAD, NETWORK, Lab
from tests.unit.central.replaying import assert_replays
from tests.unit.central.sales_shop import no_campaigns

FIRST, SECOND, THIRD, WRONG = "5937", "84613", "60318", "7046"
TOPPED_UP = [
    "2000 EUR: till(de-molen) > purchased_liability(de-molen)",
    "2000 bread-points: company_purchased(de-molen) > member_main(nora)",
]
_receipts = itertools.count(1)


class Counter(Till):
    """A till with a keypad, of a company that takes points with a card only after its PIN."""

    def __init__(self, company: str = BAKERY, branch: str = CENTRAAL) -> None:
        Company.objects.filter(pk=company).update(pin_at_api=True)
        super().__init__(company, branch)

    def pin_page(self, who: Customer) -> str:
        """The address of the PIN of the customer's active card."""
        cards = done(self.api.get(f"customers/{who.id}"), 200)["cards"]
        [active] = [one["card"] for one in cards if one["status"] == "active"]
        return f"cards/{active}/pin"

    def typed(self, who: Customer, pin: str) -> Reply:
        """What the central system says of a PIN on the keypad."""
        return self.api.send("POST", "pins/judging", body={"card": who.card, "pin": pin})

    def verdict(self, who: Customer, pin: str) -> str:
        """The word of it."""
        return str(done(self.typed(who, pin), 200)["verdict"])

    def choose(self, who: Customer, pin: str, *, present: str = "") -> None:
        """The customer chooses a PIN; after the present one, where there is one."""
        proof = {"proof": self.typed(who, present).body["proof"]} if present else {}
        done(self.api.post(self.pin_page(who), {"pin": pin, **proof}), 200)

    def pay(self, who: Customer, minor: int, *, pin: str = "", of: int | None = None, pool: str = BREAD) -> Reply:
        """Bread for `minor`, paid with points, all that there are or `of` them, and the rest in cash."""
        proof = {"proof": self.typed(who, pin).body["proof"]} if pin else {}
        body = {
            "receipt": {"receipt": f"d2-{next(_receipts)}", "lines": [line(1, minor)]},
            "who": {"card": who.card, **proof},
            "tenders": points(of, pool),
        }
        return self.api.post(f"branches/{self.branch}/receipts", body)


def payments(reply: Reply) -> list[tuple[str, int]]:
    """What a receipt was paid with, in minor units."""
    return paid(done(reply, 201)["evaluation"])


def wanted(reply: Reply) -> bool:
    """Whether a payment was refused because there was no right PIN."""
    return (reply.status, reply.body.get("reason")) == (409, "pin_wanted")


@pytest.fixture
def counter(lab: Lab) -> Counter:
    no_campaigns()
    return Counter()


@pytest.fixture
def nora(counter: Counter, books: Books) -> Customer:
    """A new customer with a card, who has just bought points for 20.00 and chosen a PIN."""
    nora = counter.enrol("nora")
    body = {"receipt": "t-1", "who": {"card": nora.card}, "pool": BREAD, "amount_minor": 2000, "cash": True}
    done(counter.api.post("points/top-ups", body), 201)
    counter.choose(nora, FIRST)
    assert sorted(books.news()) == TOPPED_UP
    return nora


def spent(count: int) -> list[str]:
    """What the books say of purchased points that pay."""
    return [
        f"{count} EUR: purchased_liability(de-molen) > sales(de-molen)",
        f"{count} bread-points: member_main(nora) > company_redeemed(de-molen)",
    ]


def test_d2_a_card_is_issued_topped_up_and_pays_after_its_pin_with_the_rest_in_rounded_cash(
    counter: Counter, nora: Customer, books: Books
) -> None:
    assert wanted(counter.pay(nora, 500))
    assert wanted(counter.pay(nora, 500, pin=WRONG)), "a wrong PIN has no proof"
    assert books.news() == []
    told = counter.pay(nora, 1003, pin=FIRST, of=1000)
    assert payments(told) == [("points", 1000), ("cash", 5)]
    assert told.body["evaluation"]["rounding_minor"] == 2, "3 cents are 5 where there are no smaller coins"
    assert sorted(books.news()) == spent(1000)
    assert counter.points(nora, BREAD) == 1000
    assert_replays()


def test_d2_a_forgotten_pin_is_reset_by_staff_and_a_one_time_pin_buys_nothing(
    counter: Counter, nora: Customer, books: Books
) -> None:
    assert [counter.verdict(nora, WRONG) for _ in range(5)] == ["wrong"] * 5
    assert counter.verdict(nora, FIRST) == "blocked", "too late"
    assert wanted(counter.pay(nora, 500, pin=FIRST))

    reset = done(counter.api.post(f"{counter.pin_page(nora)}/reset", {"reason": "forgotten"}), 201)
    assert counter.verdict(nora, reset["one_time_pin"]) == "must_change"
    assert counter.pay(nora, 500, pin=reset["one_time_pin"]).status == 422
    assert books.news() == []
    counter.choose(nora, SECOND, present=reset["one_time_pin"])
    assert payments(counter.pay(nora, 500, pin=SECOND)) == [("points", 500)]
    assert sorted(books.news()) == spent(500)
    events = CardEvent.objects.filter(card__customer__username="nora").order_by("pk")
    assert [one.what for one in events] == ["issued", "pin_set", "pin_block", "pin_reset", "pin_change"]
    assert [one.reason for one in events if one.reason] == ["forgotten"]
    assert {one.company_id for one in events} == {BAKERY}


def test_d2_a_lost_card_is_worth_nothing_though_its_pin_was_seen_and_the_new_card_pays_with_a_new_one(
    counter: Counter, nora: Customer, books: Books
) -> None:
    seen = counter.typed(nora, FIRST).body["proof"]
    lost = counter.pin_page(nora).removesuffix("/pin")
    done(counter.api.post(f"{lost}/blocking", {"reason": "lost"}), 200)
    body = {"receipt": "lost", "who": {"card": nora.card, "proof": seen}, "pool": BREAD, "points": 500}
    assert counter.api.post("points/spends", body).status == 422, "neither the PIN nor its proof outlives the card"
    assert counter.verdict(nora, FIRST) == "wrong"

    number = "04 22 33 44 55 66 77"
    done(counter.api.post(f"{lost}/replacement", {"number": number}), 201)
    again = Customer(id=nora.id, username="nora", card=number)
    assert wanted(counter.pay(again, 500, pin=FIRST)), "the old PIN is not the new card's"
    assert books.news() == []
    counter.choose(again, THIRD)
    assert payments(counter.pay(again, 500, pin=THIRD)) == [("points", 500)]
    assert sorted(books.news()) == spent(500)
    assert counter.points(nora, BREAD) == 1500
    assert counter.api.post(f"{lost}/unblocking", {}).status == 409


def test_d2_a_pin_is_the_cards_wherever_it_pays_and_a_proof_is_one_companys(
    counter: Counter, nora: Customer, books: Books, clock: Clock
) -> None:
    bar = Counter(BAR, ZUID)
    counter.give(nora, 3000, NETWORK)
    books.news()
    here = counter.typed(nora, FIRST).body["proof"]
    body = {"receipt": "b-1", "who": {"card": nora.card, "proof": here}, "pool": NETWORK, "points": 100}

    assert bar.api.post("points/spends", body).status == 422, "it was typed at the bakery"
    assert payments(bar.pay(nora, 100, pin=FIRST, pool=NETWORK)) == [("points", 100)]
    assert books.news() == ["100 network-points: member_main(nora) > company_redeemed(cocktailbar-zuid)"]
    clock.turn_to("2026-03-02T12:00:00+01:00")
    assert counter.api.post("points/spends", body | {"receipt": "b-2"}).status == 422, "that was an hour ago"


def test_d2_a_thief_at_many_tills_gets_five_tries_and_the_balance_stays(
    counter: Counter, nora: Customer, books: Books
) -> None:
    guesses = [lambda pin=f"8{number:03d}": counter.typed(nora, pin) for number in range(1, 13)]
    told = sorted(done(one, 200)["verdict"] for one in at_once(*guesses))

    assert told == ["blocked"] * 7 + ["wrong"] * 5
    assert wanted(counter.pay(nora, 500, pin=FIRST)), "until staff reset it"
    assert (books.news(), counter.points(nora, BREAD)) == ([], 2000)

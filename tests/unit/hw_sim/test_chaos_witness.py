"""The witness of a chaos run, and what it reads of PostgreSQL: one that never finds anything would be worth nothing."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from hw_sim.chaos.facts import CouponFacts, CustomerFacts, RewardFacts
from hw_sim.chaos.postgres_books import as_on_sqlite
from hw_sim.chaos.witness import Witness

COFFEE = RewardFacts(id="coffee", pool="bread", points=150, label="A free coffee")
LOAF = RewardFacts(id="loaf", pool="bread", points=250, label="A loaf")
ANNA = CustomerFacts(name="anna", uid="04a1", member="a" * 32)
BERT = CustomerFacts(name="bert", uid="04b2", member="b" * 32)
COUPON = CouponFacts(id="00" * 8, text="TB1:…", points=300)


@pytest.fixture
def witness() -> Witness:
    return Witness({COFFEE.id: COFFEE, LOAF.id: LOAF})


def test_a_code_that_is_shown_again_to_the_same_person_is_one_code(witness: Witness) -> None:
    witness.saw_code("kiosk-1", ANNA, code="ABCDEFG", reward=COFFEE.id)
    witness.saw_code("kiosk-2", ANNA, code="ABCDEFG", reward=COFFEE.id)
    assert [(one.code, one.points, one.member) for one in witness.codes] == [("ABCDEFG", 150, ANNA.member)]
    assert witness.wrong == []


@pytest.mark.parametrize(("customer", "reward"), [(BERT, COFFEE), (ANNA, LOAF)])
def test_a_code_that_is_shown_to_somebody_else_or_for_something_else_is_wrong(
    witness: Witness, customer: CustomerFacts, reward: RewardFacts
) -> None:
    witness.saw_code("kiosk-1", ANNA, code="ABCDEFG", reward=COFFEE.id)
    witness.saw_code("kiosk-1", customer, code="ABCDEFG", reward=reward.id)
    assert len(witness.wrong) == 1


def test_a_coupon_that_two_people_see_on_their_accounts_is_wrong(witness: Witness) -> None:
    witness.saw_registration("kiosk-1", ANNA, COUPON)
    witness.saw_registration("kiosk-1", ANNA, COUPON)
    assert witness.wrong == []
    witness.saw_registration("kiosk-2", BERT, COUPON)
    assert len(witness.wrong) == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        (True, 1),
        (7, 7),
        ("text", "text"),
        (b"\x00\xff", b"\x00\xff"),
        (memoryview(b"\x01"), b"\x01"),
        ({"lot-1": 30}, '{"lot-1": 30}'),
        (["a", 1], '["a", 1]'),
        (dt.date(2026, 11, 22), "2026-11-22"),
        (dt.datetime(2026, 11, 22, 4, 5, 6, tzinfo=dt.UTC), "2026-11-22 04:05:06"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_a_value_of_postgresql_is_read_as_sqlite_has_it(value: object, told: object) -> None:
    assert as_on_sqlite(value) == told

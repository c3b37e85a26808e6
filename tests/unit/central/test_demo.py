"""The demonstration: what lies in the drawer and what it is worth."""

from __future__ import annotations

import pytest
from django.conf import settings

from backend_bridge.central.customers.models import Card
from backend_bridge.central.demo_data import demo_cards, demo_coupons, seed_demo
from backend_bridge.central.ledger.models import Transfer
from loyalty.cards import card_token
from tests.unit.central.lab import BREAD, CARD_KEY, NETWORK, NOW_MS, Lab, balance, card


@pytest.mark.parametrize(
    ("username", "bread", "network"), [("anna", 640, 1240), ("bram", 80, 400), ("vera", 2400, 2400), ("karel", 500, 0)]
)
def test_opening_balances_are_real_transfers(lab: Lab, username: str, bread: int, network: int) -> None:
    assert (balance(username), balance(username, NETWORK)) == (bread, network)
    given = Transfer.objects.filter(credit__member__username=username, unit=BREAD)
    assert sum(one.amount for one in given) == bread


def test_seeding_again_changes_nothing(lab: Lab) -> None:
    before = (demo_coupons(settings.DATA), Transfer.objects.count())

    seed_demo(settings.DATA, card_key=CARD_KEY, now_ms=NOW_MS)

    assert (demo_coupons(settings.DATA), Transfer.objects.count()) == before


def test_every_card_but_the_strangers_is_known_by_its_token_only(lab: Lab) -> None:
    known = set(Card.objects.values_list("token", flat=True))

    assert known == {card(name) for name in demo_cards() if name != "stranger"}
    assert not known & {one.uid for one in demo_cards().values()}


def test_a_card_token_depends_on_number_and_key() -> None:
    uid = bytes.fromhex("04a1c35a7e6180")
    tokens = {card_token(uid, CARD_KEY), card_token(uid, bytes(32)), card_token(uid[:4], CARD_KEY)}

    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {32}
    assert card_token(uid, CARD_KEY) == "35e8660d4fd41375b314766a34a2d044"

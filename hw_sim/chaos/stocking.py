"""Adds what a run needs to the demo's central system: terminals, customers with points, coupons.

    python -m hw_sim.chaos.stocking --data DIR --customers 16 --coupons 200 --terminal ID=PUBLIC …

A program of its own, since Django belongs to one data directory in a process. Prints the `Stock` as one JSON line.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import sys
from pathlib import Path

import msgspec

from backend_bridge.central import configure
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.demo_catalogue import BREAD, CARDS, REWARDS
from hw_sim.chaos.facts import CouponFacts, CustomerFacts, RewardFacts, Stock
from hw_sim.demo.setting_up import BRANCH
from loyalty.cards import card_token

COMPANY = "de-molen"
#: Enough for a run of any length; in several lots, so that a spend takes parts of more than one.
LOTS, POINTS_IN_A_LOT = 4, 15_000
COUPON_POINTS = 300
#: Not the one that costs points of the network: few have them.
REWARD_IDS = ("free-coffee", "loaf", "breakfast-for-two")
_BY = "chaos"


def main() -> int:
    """Run the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hw_sim.chaos.stocking")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--coupons", type=int, required=True)
    parser.add_argument("--terminal", action="append", default=[], metavar="ID=PUBLIC")
    arguments = parser.parse_args()
    configure(arguments.data)
    stock = add(
        DataDir(arguments.data),
        customers=arguments.customers,
        coupons=arguments.coupons,
        terminals=dict(one.split("=", 1) for one in arguments.terminal),
        at=dt.datetime.now(dt.UTC),
    )
    sys.stdout.write(msgspec.json.encode(stock).decode() + "\n")
    return 0


def add(directory: DataDir, *, customers: int, coupons: int, terminals: dict[str, str], at: dt.datetime) -> Stock:
    """Add all of it at `at`, beside what is there. `terminals`: public keys in hex, by id."""
    from backend_bridge.central.commands import register_terminal

    for terminal, public in terminals.items():
        register_terminal(terminal=terminal, branch=BRANCH, public=public)
    card_key = directory.cards_key()
    return Stock(
        customers=tuple(_customer(number, card_key, at) for number in range(customers)),
        demo=_demo_customers(card_key),
        coupons=_coupons(directory, coupons, at),
        rewards=tuple(
            RewardFacts(id=one["id"], pool=one["pool_id"], points=one["points"], label=one["names"]["en"])
            for one in REWARDS
            if one["id"] in REWARD_IDS
        ),
    )


def _customer(number: int, card_key: bytes, at: dt.datetime) -> CustomerFacts:
    from backend_bridge.central.acting import perform
    from backend_bridge.central.customers.models import Card, Customer
    from backend_bridge.central.demo_data import PROGRAMME
    from loyalty.acts.points import PointsOpened

    name = f"visitor-{number}"
    uid = bytes.fromhex(f"04c0ffee{number:06x}")
    member = hashlib.blake2b(name.encode(), key=card_key, digest_size=16, person=b"tapbon-chaos").hexdigest()
    Customer.objects.create(id=member, programme_id=PROGRAMME, username=name, created_at=at)
    Card.objects.create(
        token=card_token(uid, card_key), customer_id=member, family="ntag213", status=Card.Status.ACTIVE
    )
    for lot in range(LOTS):
        act = PointsOpened(lot=f"{name}-{lot}", member=member, pool=BREAD, points=POINTS_IN_A_LOT, issuer=COMPANY)
        perform(act, key=f"chaos/{name}/{lot}", company=COMPANY, by=_BY, at=at)
    return CustomerFacts(name=name, uid=uid.hex(), member=member)


def _demo_customers(card_key: bytes) -> dict[str, CustomerFacts]:
    from backend_bridge.central.customers.models import Card

    members = dict(Card.objects.values_list("token", "customer_id"))
    found = {}
    for name, card in CARDS.items():
        member = members.get(card_token(bytes.fromhex(card["uid"]), card_key))
        if member is not None:
            found[name] = CustomerFacts(name=name, uid=card["uid"], member=member)
    return found


def _coupons(directory: DataDir, count: int, at: dt.datetime) -> tuple[CouponFacts, ...]:
    from backend_bridge.central.organisation.models import CouponSigningKey
    from backend_bridge.central.vouchers.batches import issue_batch
    from loyalty.coupon import read

    texts = issue_batch(directory, pool=BREAD, points=COUPON_POINTS, count=count, batch="chaos", at=at)
    keys = {
        (row.company.number, row.number): bytes.fromhex(row.public)
        for row in CouponSigningKey.objects.select_related("company")
    }
    return tuple(CouponFacts(id=read(text, keys).coupon_id, text=text, points=COUPON_POINTS) for text in texts)


if __name__ == "__main__":
    sys.exit(main())

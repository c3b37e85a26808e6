"""The programme that is measured: shops with a pool each, terminals, and many members with an account."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterable

import msgspec
from django.db import transaction

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.accounts import AccountRef
from backend_bridge.central.ledger.models import Account
from backend_bridge.central.organisation.models import Branch, Company, Pool, Programme
from loyalty.signing import SigningKey

COMPANIES = 20
TERMINALS = 100
MEMBERS = 100_000
AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
#: What an award of the fill gives, and what a spend takes.
AWARDED, SPENT = 1000, 1
STRIDE = 48_271
_AT_ONCE = 5000


class Award(msgspec.Struct, frozen=True):
    """Points for `member` (a number) at the terminal of this number, as cause `key`."""

    key: str
    terminal: str
    member: int
    points: int


class Spend(msgspec.Struct, frozen=True):
    """`points` of `member`'s lot `lot`, as cause `key`."""

    key: str
    terminal: str
    member: int
    lot: str
    points: int


def member(number: int) -> str:
    """A member's pseudonym."""
    return hashlib.blake2b(b"member %d" % number, digest_size=16).hexdigest()


def company(number: int) -> str:
    """The company of the member, terminal or company of this number."""
    return f"shop-{number % COMPANIES:02}"


def pool(number: int) -> str:
    """The pool of the same."""
    return f"points-{number % COMPANIES:02}"


def terminal(number: int) -> str:
    """The terminal of this number; terminal and member of a cause belong to one company."""
    return f"terminal-{number % TERMINALS:02}"


def key_of(name: str) -> SigningKey:
    """What the terminal of this name signs with."""
    return SigningKey(hashlib.sha256(name.encode()).digest())


def main(number: int) -> AccountRef:
    """The main account of a member."""
    return accounts.main(member=member(number), pool=pool(number))


def filled_member(lot: int) -> int:
    """Whose the lot of this number (1, 2 …) in the fill is: members come up in no order."""
    return lot * STRIDE % MEMBERS


def filled_key(entry: int, lot: int) -> str:
    """The key of an entry of the fill; `lot` is the number of the lot that it is about."""
    return f"{terminal(filled_member(lot))}/1/{entry}"


def filled_lot(lot: int) -> str:
    """The id of the lot of this number in the fill."""
    return f"lot-{filled_key(2 * lot - 1, lot)}-0"


def awards(dice: random.Random, *, count: int, epoch: int, start: int) -> list[Award]:
    """`count` awards to random members; keys of `epoch` from sequence `start` on."""
    members = [dice.randrange(MEMBERS) for _ in range(count)]
    return [
        Award(f"{terminal(one)}/{epoch}/{start + number}", terminal(one), one, dice.randint(1, 500))
        for number, one in enumerate(members)
    ]


def spends(dice: random.Random, *, count: int, epoch: int, start: int, lots: int) -> list[Spend]:
    """`count` spends of random lots among the first `lots` of the fill, each lot once."""
    chosen = [(lot, filled_member(lot)) for lot in dice.sample(range(1, lots + 1), count)]
    return [
        Spend(f"{terminal(one)}/{epoch}/{start + number}", terminal(one), one, filled_lot(lot), SPENT)
        for number, (lot, one) in enumerate(chosen)
    ]


@transaction.atomic
def set_up() -> None:
    """Write programme, companies, pools, branches, terminals, members and all accounts."""
    Programme.objects.create(id="bench", name="bench")
    companies = range(COMPANIES)
    Company.objects.bulk_create(
        Company(id=company(one), programme_id="bench", number=one + 1, name=company(one), currency="EUR")
        for one in companies
    )
    Pool.objects.bulk_create(
        Pool(id=pool(one), programme_id="bench", network=False, company_id=company(one), currency="EUR")
        for one in companies
    )
    Branch.objects.bulk_create(
        Branch(id=company(one), company_id=company(one), name=company(one), timezone="Europe/Amsterdam")
        for one in companies
    )
    Terminal.objects.bulk_create(
        Terminal(id=terminal(one), branch_id=company(one), public=key_of(terminal(one)).public.hex())
        for one in range(TERMINALS)
    )
    Customer.objects.bulk_create(
        (
            Customer(
                id=member(one), programme_id="bench", username=f"member-{one}", display_name="Member", created_at=AT
            )
            for one in range(MEMBERS)
        ),
        batch_size=_AT_ONCE,
    )
    _open(main(one) for one in range(MEMBERS))
    _open(make(company=company(one), pool=pool(one)) for one in companies for make in _OF_COMPANY)


_OF_COMPANY = (accounts.funding, accounts.redeemed)


def _open(wanted: Iterable[AccountRef]) -> None:
    Account.objects.bulk_create(
        (
            Account(id=one.id, kind=one.kind, unit=one.unit, member_id=one.member, company_id=one.company)
            for one in wanted
        ),
        batch_size=_AT_ONCE,
    )

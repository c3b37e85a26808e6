"""The programme of the simulated world: companies, branches, pools, rewards, terminals, customers, coupons.

Data, and the row that each becomes. There is one pool of the network, with a minimum balance, and one that
belongs to a company.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from loyalty.signing import SigningKey

PROGRAMME = "fleet"
BAKERY, BAR, KIOSK = "bakery", "bar", "kiosk"
BREAD, NETWORK = "bread", "network"
MINIMUM = {BREAD: 0, NETWORK: 300}
CARD_KEY = bytes(range(32))
CENTRAL_KEY = SigningKey(hashlib.sha256(b"fleet/central").digest())
COUPON_KEY = SigningKey(hashlib.sha256(b"fleet/coupons").digest())
COUPON_COMPANY, COUPON_KEY_NUMBER = 1, 1
COUPONS = 120
MOST_TERMINALS = 16
OPERATORS = ("operator-1", "operator-2")

ONLINE_AND_OFFLINE = {"uid": {"spend_online": True, "spend_offline": True}}
ONLINE_ONLY = {"uid": {"spend_online": True, "spend_offline": False}}
#: Id, number, how many points a terminal keeps, and what cards may do.
COMPANIES = (
    (BAKERY, 1, 400, ONLINE_AND_OFFLINE),
    (BAR, 2, 250, ONLINE_AND_OFFLINE),
    (KIOSK, 3, 0, ONLINE_ONLY),
)
SPENDS_OFFLINE = {BAKERY, BAR}
#: Id, company, time zone.
BRANCHES = (
    ("bakery-centre", BAKERY, "Europe/Amsterdam"),
    ("bakery-north", BAKERY, "Europe/Amsterdam"),
    ("bar-south", BAR, "Europe/Berlin"),
    ("kiosk-west", KIOSK, "Europe/Amsterdam"),
)


@dataclass(frozen=True)
class RewardFacts:
    """What a poster in the shop says of a reward."""

    id: str
    company: str
    pool: str
    points: int


REWARDS = {
    one.id: one
    for one in (
        RewardFacts("coffee", BAKERY, BREAD, 60),
        RewardFacts("loaf", BAKERY, BREAD, 150),
        RewardFacts("cake", BAKERY, NETWORK, 180),
        RewardFacts("drink", BAR, NETWORK, 90),
        RewardFacts("dinner", BAR, NETWORK, 320),
        RewardFacts("paper", KIOSK, NETWORK, 50),
    )
}


@dataclass(frozen=True)
class CustomerFacts:
    """A customer with a card; `usual` is the branch that they mostly come to."""

    id: str
    uid: bytes
    usual: str
    bread: int
    network: int


@dataclass(frozen=True)
class TerminalFacts:
    """A terminal that stands in a branch, with the key that it signs with."""

    id: str
    branch: str
    company: str
    key: SigningKey


def _customers() -> tuple[CustomerFacts, ...]:
    return tuple(
        CustomerFacts(
            id=_hex(f"customer-{number}", 16),
            uid=bytes.fromhex(f"04a1b2c3d4{number:04x}"),
            usual=BRANCHES[number % len(BRANCHES)][0],
            bread=(number * 137) % 700,
            network=(number * 211) % 900,
        )
        for number in range(1, 25)
    )


def _terminals() -> tuple[TerminalFacts, ...]:
    return tuple(
        TerminalFacts(
            id=f"t{number:02d}",
            branch=BRANCHES[number % len(BRANCHES)][0],
            company=BRANCHES[number % len(BRANCHES)][1],
            key=SigningKey(hashlib.sha256(b"fleet/terminal/%d" % number).digest()),
        )
        for number in range(MOST_TERMINALS)
    )


def usual_terminals(customer: CustomerFacts) -> tuple[str, ...]:
    """The two terminals at which `customer` mostly is, the more usual one first."""
    at_branch = [one.id for one in TERMINALS if one.branch == customer.usual][:2]
    return tuple(at_branch if customer.uid[-1] % 8 < 4 else reversed(at_branch))


def _hex(name: str, size: int) -> str:
    return hashlib.blake2b(name.encode(), digest_size=size, person=b"fleet").hexdigest()


CUSTOMERS = _customers()
TERMINALS = _terminals()
#: The ids of coupons, each with what it gives.
COUPON_POINTS = {_hex(f"coupon-{number}", 8): 25 + 5 * (number % 9) for number in range(COUPONS)}

"""Reading what a journal holds, and giving it back: in acts of a thousand lots, in the caller's transaction.

The caller's transaction holds the journal's head locked (`epochs.may_hold`, or by applying it): nobody grants to it,
or applies any of it, while it is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import msgspec
from django.db.models import QuerySet, Sum

from backend_bridge.central.acting import judge
from backend_bridge.central.conflicts.risk import bearer_of
from backend_bridge.central.fleet.models import Grant, Terminal
from backend_bridge.central.ledger.accounts import AccountRef, escrow
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.models import Voucher
from loyalty.acts.journals import MOST_LOTS, FrozenLot, Rights


class Held(msgspec.Struct, frozen=True):
    """What a journal holds: `points` by pool, and how many coupons and untaken grants."""

    points: dict[str, int]
    coupons: int
    grants: int


def held_by(terminal: str, *, epoch: int) -> Held:
    """What the journal holds at this moment."""
    here = _accounts(terminal, epoch)
    # Holdings lie by their lots, and lots are found by their members.
    held = Holding.objects.filter(lot__member__in=here.values("member"), account__in=here, amount__gt=0)
    sums = held.order_by().values_list("lot__unit").annotate(Sum("amount"))
    points = dict(sums)
    coupons = Voucher.objects.filter(home_terminal=terminal, home_epoch=epoch).count()
    return Held(points, coupons, _open_grants(terminal, epoch).count())


def give_back(
    terminal: Terminal,
    *,
    epoch: int,
    key: str,
    by: str,
    at: dt.datetime,
    make: Callable[..., Rights],
    bearer: str | None = None,
) -> frozenset[str]:
    """Perform acts that `make` makes until the journal holds nothing, at least one; whose rights came back.

    `key` begins the acts' keys: the number of each is put behind it. Raises `BooksError` and `LostRace`.
    """
    company = terminal.branch.company_id
    bearer = bearer or bearer_of(company)
    members: set[str] = set()
    number = 0
    while True:
        done = judge(
            lambda posting: make(
                terminal=terminal.pk, epoch=epoch, bearer=bearer, **_rights(posting, terminal.pk, epoch)
            ),
            key=f"{key}/{number}",
            company=company,
            by=by,
            at=at,
        )
        members |= {frozen.member for frozen in done.act.lots}
        number += 1
        if len(done.act.lots) < MOST_LOTS:
            return frozenset(members)


def _rights(posting: Posting, terminal: str, epoch: int) -> dict[str, tuple[object, ...]]:
    refs = list(_refs(_accounts(terminal, epoch)))
    posting.book.prefetch(accounts=[ref.id for ref in refs])
    lots = tuple(_frozen(refs, posting))[:MOST_LOTS]
    coupons = Voucher.objects.filter(home_terminal=terminal, home_epoch=epoch).order_by("pk")
    grants = _open_grants(terminal, epoch).order_by("pk")
    return {
        "lots": lots,
        "coupons": tuple(coupons.values_list("pk", flat=True)),
        "grants": tuple(grants.values_list("pk", flat=True)),
    }


def _accounts(terminal: str, epoch: int) -> QuerySet[Account]:
    escrows = Account.objects.filter(terminal=terminal, epoch=epoch, kind=Account.Kind.MEMBER_ESCROW)
    return escrows.order_by("pk")


def _refs(accounts: Iterable[Account]) -> Iterator[AccountRef]:
    for account in accounts:
        yield escrow(
            member=str(account.member_id),
            pool=account.unit,
            terminal=str(account.terminal_id),
            epoch=int(account.epoch or 0),
        )


def _frozen(refs: Iterable[AccountRef], posting: Posting) -> Iterator[FrozenLot]:
    for ref in refs:
        for lot, amount in posting.lots_in(ref):
            yield FrozenLot(lot=lot.id, member=str(ref.member), pool=ref.unit, points=amount)


def _open_grants(terminal: str, epoch: int) -> QuerySet[Grant]:
    return Grant.objects.filter(terminal=terminal, epoch=epoch, status=Grant.Status.OPEN)

"""Points whose time is over: booked as breakage of who gave them. Escrowed ones wait for their terminal."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
from django.db.models import QuerySet

from backend_bridge.central.acting import perform
from backend_bridge.central.errors import BooksError
from backend_bridge.central.instants import to_ms
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from loyalty.acts.sales import LotsExpired

#: How many lots one act ends: a cause numbers its transfers up to 32767.
_AT_ONCE = 1000


class ExpiredAre(msgspec.Struct, frozen=True):
    """How many points became breakage."""

    points: int


def expire_lots(*, at: dt.datetime, by: str = "job:expiry") -> int:
    """Book all that has run out in main accounts at `at`; how many points that were. Safe to repeat.

    Each company's lots are acts of their own, so that none waits for another's.
    """
    done = 0
    for issuer in _overdue(at).values_list("lot__issuer", flat=True).distinct().order_by("lot__issuer"):
        while lots := tuple(_overdue(at).filter(lot__issuer=issuer).values_list("lot", flat=True)[:_AT_ONCE]):
            # A lot that was returned after it had run out does so once more: the key says when.
            which = hashlib.blake2b("\0".join(lots).encode(), digest_size=8).hexdigest()
            key = f"expired/{issuer}/{to_ms(at)}/{which}"
            told = perform(LotsExpired(lots=lots), key=key, company=issuer, by=by, at=at)
            if told.repeated:
                break
            done += told.result.points
    return done


def post_expired(act: LotsExpired, posting: Posting) -> ExpiredAre:
    """Post what is left of the lots as breakage; raises `BooksError` for one that has not run out."""
    facts = [posting.lot(lot) for lot in act.lots]
    pools = Pool.objects.in_bulk({lot.unit for lot in facts})
    done = 0
    for lot in facts:
        if lot.expires_at is None or posting.at < lot.expires_at:
            raise BooksError(f"lot {lot.id} has not run out")
        main = accounts.main(member=str(lot.member), pool=lot.unit)
        done += points.expire(posting, pool=pools[lot.unit], lot=lot.id, debit=main)
    return ExpiredAre(done)


def _overdue(at: dt.datetime) -> QuerySet[Holding]:
    return Holding.objects.filter(
        account__kind=Account.Kind.MEMBER_MAIN, amount__gt=0, lot__expires_at__lte=at
    ).order_by("lot")

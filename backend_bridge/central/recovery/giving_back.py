"""A reversal of what was spent late: what the bearer of the risk paid comes back to the bearer.

The member had these points again when the journal was closed. A reversal that gave them once more would pay twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from backend_bridge.central.fleet.models import BorneSpend
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.organisation.models import Pool
from backend_bridge.central.sales.purses import Purse


def give_back_risk(posting: Posting, *, sale: str, pool: Pool, returned: Mapping[str, int], purse: Purse) -> None:
    """Move on to the bearer what came back into `purse` (points by lot) of the spend `sale` that the bearer paid."""
    borne = BorneSpend.objects.select_for_update().filter(entry=sale, lot__in=returned)
    for row in borne.order_by("lot"):
        lot = posting.lot(row.lot)
        here = purse(str(lot.member), pool.pk)
        # Less is there where the member owed something, which was paid out of it first.
        back = min(returned[row.lot], row.points - row.returned, posting.held(here, lot.id))
        if not back:
            continue
        risk = accounts.risk(company=row.bearer_id, unit=pool.pk)
        posting.move(Transfer.Kind.AT_RISK, here, risk, back, lot=lot.id)
        points.money_back(posting, pool=pool, lot=lot, count=back, bearer=row.bearer_id)
        row.returned += back
        row.save(update_fields=["returned"])

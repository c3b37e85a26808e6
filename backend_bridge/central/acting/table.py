"""Which function posts which act. A new act gets one line here.

Handlers are found when they are first wanted, so that a package can use acts and also post some.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from backend_bridge.central.acting.handler import Handler, Nothing
from loyalty.acts import clearing, imports, members, points


@cache
def handlers() -> dict[type[msgspec.Struct], Handler[Any]]:
    """Every act that can be performed."""
    from backend_bridge.central.clearing import closing
    from backend_bridge.central.customers import posting as of_members
    from backend_bridge.central.desk import granting
    from backend_bridge.central.imports import posting as of_imports
    from backend_bridge.central.ledger import giving
    from backend_bridge.central.recovery import posting as of_journals
    from backend_bridge.central.sales import table as sales_table
    from backend_bridge.central.vouchers.posting import table as voucher_table

    return {
        clearing.MonthClosed: Handler(closing.post_closed, Nothing),
        points.PointsGiven: Handler(giving.post_given, giving.PointsAre),
        points.PointsOpened: Handler(giving.post_opened, giving.PointsAre),
        imports.BalancesOpened: Handler(of_imports.post_opened, Nothing),
        imports.BalancesWithdrawn: Handler(of_imports.post_withdrawn, Nothing),
        members.PointsWaiting: Handler(of_members.post_waiting, giving.PointsAre),
        members.InvitationAccepted: Handler(of_members.post_accepted, Nothing),
        members.InvitationEnded: Handler(of_members.post_ended, Nothing),
        points.RightsGranted: Handler(granting.post_granted, Nothing),
        **of_journals.HANDLERS,
        **sales_table.HANDLERS,
        **voucher_table.HANDLERS,
    }


@cache
def acts_by_tag() -> dict[str, type[msgspec.Struct]]:
    """Every act by the tag under which a cause keeps it."""
    return {tag_of(act): act for act in handlers()}


def tag_of(act: type[msgspec.Struct]) -> str:
    """The tag of a type of act."""
    return str(act.__struct_config__.tag)

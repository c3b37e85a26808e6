"""The jobs, one after the other. Each may be repeated at any time; one that fails keeps no other from running."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

import msgspec
from django.db import DatabaseError

from backend_bridge.central.conflicts.blocked import bear_blocked
from backend_bridge.central.customers.services.inviting import expire_invitations
from backend_bridge.central.errors import CentralError
from backend_bridge.central.sales.expiring import expire_lots
from backend_bridge.central.vouchers.services.expiring import expire_vouchers

log = logging.getLogger(__name__)


class Ran(msgspec.Struct, frozen=True):
    """One job: how much it ended, in its own unit, or None where it failed and will be tried again."""

    job: str
    count: int | None
    unit: str


_JOBS: tuple[tuple[str, str, Callable[[dt.datetime], int]], ...] = (
    ("expire-points", "points", lambda at: expire_lots(at=at)),
    ("expire-vouchers", "vouchers", lambda at: expire_vouchers(at).count),
    ("expire-invitations", "invitations", lambda at: expire_invitations(at=at)),
    ("bear-blocked-cards", "spends", lambda at: bear_blocked(at=at)),
)


def run_jobs(*, at: dt.datetime) -> list[Ran]:
    """Run every job as of `at`."""
    return [_run(job, unit, work, at) for job, unit, work in _JOBS]


def _run(job: str, unit: str, work: Callable[[dt.datetime], int], at: dt.datetime) -> Ran:
    try:
        return Ran(job, work(at), unit)
    except (CentralError, DatabaseError) as error:
        # The message may name what it is about; the kind of error is enough for a log.
        log.warning("job %s stopped (%s); it is tried again", job, type(error).__name__)
        return Ran(job, None, unit)

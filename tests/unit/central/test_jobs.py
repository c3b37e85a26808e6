"""What runs out by itself: by command, and in the serving process."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import DatabaseError

from backend_bridge.central.acting import perform
from backend_bridge.central.instants import from_ms, to_ms
from backend_bridge.central.jobs import running
from backend_bridge.central.jobs.running import Ran, run_jobs
from backend_bridge.central.jobs.service import JobService
from backend_bridge.central.ledger.models import Account, Transfer
from loyalty.acts.points import PointsGiven
from tests.patience import PATIENCE_S
from tests.unit.central.lab import BREAD, NOW_MS, Lab, balance, member

AT = from_ms(NOW_MS)
LATER = AT + dt.timedelta(days=2)


def give(points: int, *, key: str) -> None:
    """Points for Anna that run out tomorrow."""
    tomorrow = to_ms(AT + dt.timedelta(days=1))
    act = PointsGiven(member=member("anna"), pool=BREAD, points=points, issuer="de-molen", expires_ms=tomorrow)
    perform(act, key=key, company="de-molen", by="test", at=AT)


def test_points_whose_time_is_over_are_booked_as_breakage_once(lab: Lab) -> None:
    give(70, key="gift")
    assert run_jobs(at=AT)[0].count == 0
    lab.now_ms = to_ms(LATER)

    assert run_jobs(at=LATER)[0] == Ran("expire-points", 70, "points")
    assert run_jobs(at=LATER)[0].count == 0
    [breakage] = Transfer.objects.filter(kind=Transfer.Kind.EXPIRED)
    assert (breakage.amount, breakage.credit.kind) == (70, Account.Kind.BREAKAGE)
    assert balance("anna") == 640


def test_a_job_that_fails_keeps_no_other_from_running(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_at: dt.datetime) -> int:
        raise DatabaseError("the disk is full")

    give(70, key="gift")
    monkeypatch.setattr(running, "_JOBS", (("broken", "things", fail), *running._JOBS))

    told = run_jobs(at=LATER)
    names = ["broken", "expire-points", "expire-vouchers", "expire-invitations", "bear-blocked-cards"]
    assert [ran.job for ran in told] == names
    assert [ran.count for ran in told[:2]] == [None, 70]
    assert None not in [ran.count for ran in told[1:]]


def test_the_service_runs_jobs_soon_and_then_again(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = threading.Event()
    ran: list[dt.datetime] = []

    def count(*, at: dt.datetime) -> list[Ran]:
        ran.append(at)
        if len(ran) == 2:
            twice.set()
        return []

    monkeypatch.setattr("backend_bridge.central.jobs.service.run_jobs", count)
    service = JobService(first_after_s=0.01, every_s=0.01, clock=lambda: AT)
    service.start()
    assert twice.wait(PATIENCE_S)
    service.stop()
    assert set(ran) == {AT}

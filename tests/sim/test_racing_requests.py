"""No order of concurrent requests overspends an account, uses a voucher twice or exceeds a campaign's limit.

Real threads in real processes on SQLite and on a PostgreSQL server; every request is sent three times.
`make sim-racing REQUESTS=10000` sends more of them.
"""

from __future__ import annotations

import pytest

from hw_sim.postgres import PostgresMissing
from hw_sim.racing.databases import race_on_postgresql, race_on_sqlite
from hw_sim.racing.rounds import Report

REQUESTS = 1200
SEED = 20261122


def check(report: Report) -> None:
    assert report.wrong == []
    assert report.sent > REQUESTS * 0.9
    # There was far less than was wanted, and it is all gone.
    assert report.refused > report.done > 50


def test_v12_racing_requests_on_sqlite_get_exactly_what_is_there() -> None:
    check(race_on_sqlite(requests=REQUESTS, seed=SEED))


def test_v12_racing_requests_on_postgresql_get_exactly_what_is_there() -> None:
    try:
        report = race_on_postgresql(requests=REQUESTS, seed=SEED)
    except PostgresMissing as error:
        pytest.skip(str(error))
    check(report)

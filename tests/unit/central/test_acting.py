"""An act is performed once for its key, whole or not at all, whatever else goes on at that moment."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from backend_bridge.central.acting import judge, perform
from backend_bridge.central.acting.performing import Done
from backend_bridge.central.errors import BooksError, KeyUsedOtherwise, LostRace, Overdrawn
from backend_bridge.central.fleet.models import Incident
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.ledger.posting import Posting
from loyalty.acts.points import PointsGiven, RightsGranted
from loyalty.rights import LotSpend
from tests.unit.central.lab import BREAD, NOW_MS, Lab, balance, member

AT = from_ms(NOW_MS)


def gift(points: int = 1, *, to: str = "") -> PointsGiven:
    return PointsGiven(member=to or member("anna"), pool=BREAD, points=points, issuer="de-molen")


def asked(decide: Callable[[Posting], msgspec.Struct], key: str = "k", company: str = "de-molen") -> Done:
    return judge(decide, key=key, company=company, by="test", at=AT)


def in_threads(*work: Callable[[], Any]) -> list[Any]:
    """What each gives back or raises, all at once, each with a connection of its own."""

    def one(what: Callable[[], Any]) -> Any:
        try:
            return what()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(one, work))


def meet(together: threading.Barrier) -> None:
    """Wait for the other one, unless it cannot come."""
    with suppress(threading.BrokenBarrierError):
        together.wait(1)


def test_a_repeat_that_comes_at_the_same_moment_gets_the_answer_and_no_refusal(lab: Lab) -> None:
    anna, together = member("anna"), threading.Barrier(2)

    def take_all(posting: Posting) -> RightsGranted:
        meet(together)  # on SQLite the second one waits until the first has written
        there = posting.held(accounts.main(member=anna, pool=BREAD), "opening-anna-0")
        if there < 440:
            raise Overdrawn("nothing is left for this one")
        time.sleep(0.05)
        lots = (LotSpend("opening-anna-0", 440),)
        return RightsGranted(grant="g", terminal="molen-1", epoch=1, member=anna, lots=lots)

    answers = in_threads(lambda: asked(take_all), lambda: asked(take_all))
    assert sorted(answer.repeated for answer in answers) == [False, True], answers


def test_a_row_of_a_handler_that_two_make_at_once_is_made_once(lab: Lab) -> None:
    together = threading.Barrier(2)

    def note(_posting: Posting) -> PointsGiven:
        meet(together)
        Incident.objects.create(key="once", kind=Incident.Kind.GAP, detail="", noticed_at=AT)
        time.sleep(0.05)
        return gift()

    answers = in_threads(lambda: asked(note), lambda: asked(note))
    assert sorted(answer.repeated for answer in answers) == [False, True], answers
    assert Incident.objects.count() == 1


def test_a_row_that_is_refused_again_and_again_is_told_as_such(lab: Lab) -> None:
    Incident.objects.create(key="taken", kind=Incident.Kind.GAP, detail="", noticed_at=AT)

    def note(_posting: Posting) -> PointsGiven:
        Incident.objects.create(key="taken", kind=Incident.Kind.GAP, detail="", noticed_at=AT)
        return gift()

    with pytest.raises(BooksError, match="the database refuses"):
        asked(note)


def test_who_is_not_there_gets_nothing_and_the_error_says_so_without_values(lab: Lab) -> None:
    with pytest.raises(BooksError) as raised:
        perform(gift(to="nobody"), key="k", company="de-molen", by="test", at=AT)
    assert "nobody" not in str(raised.value)
    assert not Cause.objects.filter(key="k").exists()


def test_a_key_of_another_company_is_no_repeat(lab: Lab) -> None:
    perform(gift(), key="k", company="de-molen", by="test", at=AT)
    with pytest.raises(KeyUsedOtherwise):
        perform(gift(), key="k", company="cocktailbar-zuid", by="test", at=AT)
    with pytest.raises(KeyUsedOtherwise):
        asked(lambda _posting: gift(), company="cocktailbar-zuid")


def test_a_broken_statement_is_told_at_once_and_not_as_a_race(lab: Lab) -> None:
    tries: list[int] = []

    def broken(_posting: Posting) -> PointsGiven:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")
        return gift()

    with pytest.raises(Exception, match="no_such_table") as raised:
        asked(broken)
    assert not isinstance(raised.value, LostRace)
    assert len(tries) == 1


def test_a_deadlock_is_survived(lab: Lab) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("whoever writes in SQLite is alone")
    rows = [Incident.objects.create(key=name, kind="gap", detail="", noticed_at=AT).pk for name in "ab"]
    together = threading.Barrier(2)

    def crossing(first: int, second: int) -> Callable[[Posting], PointsGiven]:
        def decide(_posting: Posting) -> PointsGiven:
            Incident.objects.select_for_update().get(pk=first)
            meet(together)  # the second try is alone
            Incident.objects.select_for_update().get(pk=second)
            return gift()

        return decide

    answers = in_threads(lambda: asked(crossing(*rows), key="one"), lambda: asked(crossing(*reversed(rows)), key="two"))
    assert [answer.repeated for answer in answers] == [False, False], answers
    assert balance("anna") == 642


def test_a_lost_connection_is_survived(lab: Lab) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("a file has no connection to lose")
    lost: list[int] = []

    def decide(_posting: Posting) -> PointsGiven:
        if not lost:
            lost.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return gift()

    assert asked(decide).repeated is False
    assert balance("anna") == 641


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, RecursionError, MemoryError])
def test_whatever_stops_an_act_leaves_nothing_behind(lab: Lab, error: type[BaseException]) -> None:
    def decide(_posting: Posting) -> PointsGiven:
        Incident.objects.create(key="half", kind=Incident.Kind.GAP, detail="", noticed_at=AT)
        raise error

    with pytest.raises(error):
        asked(decide)
    assert not connection.in_atomic_block
    assert not Incident.objects.exists()
    assert asked(lambda _posting: gift()).repeated is False


def test_inside_a_transaction_only_the_act_is_undone(lab: Lab) -> None:
    def decide(_posting: Posting) -> PointsGiven:
        Incident.objects.create(key="half", kind=Incident.Kind.GAP, detail="", noticed_at=AT)
        raise Overdrawn("no")

    with transaction.atomic():
        Incident.objects.create(key="before", kind=Incident.Kind.GAP, detail="", noticed_at=AT)
        with pytest.raises(Overdrawn):
            asked(decide)
        perform(gift(), key="after", company="de-molen", by="test", at=AT)
    assert list(Incident.objects.values_list("key", flat=True)) == ["before"]
    assert Cause.objects.filter(key="after").exists()


def test_a_deadlock_inside_a_transaction_is_its_owners(lab: Lab) -> None:
    def decide(_posting: Posting) -> PointsGiven:
        raise OperationalError("deadlock detected")

    with pytest.raises(OperationalError), transaction.atomic():
        asked(decide)


def test_an_act_is_not_performed_within_another(lab: Lab) -> None:
    def decide(_posting: Posting) -> PointsGiven:
        perform(gift(), key="inner", company="de-molen", by="test", at=AT)
        return gift()

    with pytest.raises(RuntimeError, match="inside the act k"):
        asked(decide)
    assert not Cause.objects.filter(key__in=["k", "inner"]).exists()


def test_an_integrity_error_inside_a_transaction_is_told_too(lab: Lab) -> None:
    def decide(_posting: Posting) -> PointsGiven:
        raise IntegrityError("CHECK constraint failed: x")

    with transaction.atomic(), pytest.raises(BooksError):
        asked(decide)


_MANY = """
import sys, threading
sys.setswitchinterval(1e-6)
from pathlib import Path
from backend_bridge.central import configure
configure(Path(sys.argv[1]))
import msgspec
from backend_bridge.central.acting import make_types_ready
from loyalty.evaluation.case import RuleSet
from loyalty.acts.sales import SaleMade
barrier = threading.Barrier(8)
def use():
    barrier.wait()
    make_types_ready()
    for kind in (RuleSet, SaleMade):
        try:
            msgspec.msgpack.decode(b"\\x80", type=kind)
        except msgspec.ValidationError:
            pass
threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_types_are_made_ready_by_one_thread_before_many_use_them(lab: Lab, tmp_path: Any) -> None:
    done = subprocess.run([sys.executable, "-c", _MANY, tmp_path], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr

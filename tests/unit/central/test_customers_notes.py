"""B6: at a busy counter, who gets what is noted now and registered later, exactly once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from backend_bridge.central.customers.errors import AlreadyDone, BadValue, NotKnown
from backend_bridge.central.customers.models import DeferredRegistration
from backend_bridge.central.customers.services import deferring
from backend_bridge.central.customers.services.deferring import Note, NoteTold
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger.models import Cause
from backend_bridge.central.vouchers.batches import issue_batch
from backend_bridge.central.vouchers.models import Voucher
from tests.unit.central.insisting import insist
from tests.unit.central.lab import BREAD, NETWORK, NOW_MS, Lab, balance, card, member

NOW = from_ms(NOW_MS)
LATER = NOW + dt.timedelta(hours=5)
MOLEN, ZUID = "de-molen", "cocktailbar-zuid"


def note(**told: Any) -> NoteTold:
    what = Note(**{"branch": "utrecht-centraal", "username": "vera", "pool": NETWORK, "points": 25, **told})
    return deferring.note(company=MOLEN, what=what, by="office:7", at=NOW)


def register(noted: NoteTold, **told: Any) -> NoteTold:
    return deferring.register(company=MOLEN, note=noted.note, by="office:8", at=LATER, **told)


def test_b6_a_note_gives_nothing_until_it_is_registered_and_then_once(lab: Lab) -> None:
    before = balance("vera", NETWORK)
    noted = note()
    waiting = deferring.open_notes(company=MOLEN)
    unchanged = balance("vera", NETWORK)
    first, again = register(noted), register(noted)

    assert (waiting, unchanged) == ((noted,), before)
    assert balance("vera", NETWORK) == before + 25
    assert first == again
    assert (first.state, first.member, first.noted_by, first.settled_by) == (
        "registered",
        member("vera"),
        "office:7",
        "office:8",
    )
    assert (first.noted_at, first.settled_at) == (NOW, LATER)
    assert deferring.open_notes(company=MOLEN) == ()
    assert Cause.objects.get(key=f"note/{noted.note}").happened_at == NOW


def test_b6_two_who_register_at_once_register_once(lab: Lab) -> None:
    """Threads on the real database."""
    before = balance("vera", NETWORK)
    noted = note()
    told: list[object] = []
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        try:
            told.append(insist(lambda: register(noted)).state)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == ["registered"] * 4
    assert balance("vera", NETWORK) == before + 25


def test_b6_a_note_is_discarded_with_a_reason_and_that_is_kept(lab: Lab) -> None:
    noted = note()
    with pytest.raises(BadValue):
        deferring.discard(company=MOLEN, note=noted.note, reason="  ", by="office:8", at=LATER)
    gone = deferring.discard(company=MOLEN, note=noted.note, reason="noted twice", by="office:8", at=LATER)

    assert (gone.state, gone.reason, gone.settled_by) == ("discarded", "noted twice", "office:8")
    with pytest.raises(AlreadyDone):
        register(noted)
    registered = note()
    register(registered)
    with pytest.raises(AlreadyDone):
        deferring.discard(company=MOLEN, note=registered.note, reason="no", by="office:8", at=LATER)


def test_b6_words_are_enough_for_a_note_and_a_customer_for_registering(lab: Lab) -> None:
    noted = note(username="", hint="the lady with the red umbrella")

    assert noted.member == ""
    with pytest.raises(BadValue) as refused:
        register(noted)
    assert refused.value.field == "member"
    assert register(noted, member=member("vera")).member == member("vera")
    with pytest.raises(AlreadyDone):
        register(noted, member=member("anna"))


def test_b6_a_card_and_a_username_must_name_one_person(lab: Lab) -> None:
    assert note(card=card("vera")).member == member("vera")
    with pytest.raises(BadValue) as refused:
        note(card=card("anna"))
    assert refused.value.rule == "mismatch"


def test_b6_noting_twice_under_one_id_makes_one(lab: Lab) -> None:
    what = Note(branch="utrecht-centraal", username="vera", pool=BREAD, points=5)
    first = deferring.note(company=MOLEN, what=what, note_id="f" * 32, by="office:7", at=NOW)
    again = deferring.note(company=MOLEN, what=what, note_id="f" * 32, by="office:7", at=LATER)

    assert first == again
    other = Note(branch="utrecht-centraal", username="vera", pool=BREAD, points=6)
    with pytest.raises(AlreadyDone):
        deferring.note(company=MOLEN, what=other, note_id="f" * 32, by="office:7", at=LATER)


@pytest.mark.parametrize(
    "told",
    [
        {"points": 0},
        {"points": None, "pool": ""},
        {"points": None},
        {"coupon": "c"},
        {"amount_minor": 5},
        {"points": None, "pool": "", "amount_minor": 0},
        {"pool": "kaple-points"},
        {"username": ""},
        {"hint": "x" * 201},
    ],
)
def test_b6_what_cannot_be_noted_is_refused(lab: Lab, told: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        note(**told)
    assert not DeferredRegistration.objects.exists()


def test_p6_notes_are_their_companys(lab: Lab) -> None:
    noted = note()

    assert deferring.open_notes(company=ZUID) == ()
    asks: list[Callable[[], object]] = [
        lambda: deferring.get(company=ZUID, note=noted.note),
        lambda: deferring.register(company=ZUID, note=noted.note, by="office:9", at=LATER),
        lambda: deferring.discard(company=ZUID, note=noted.note, reason="mine", by="office:9", at=LATER),
        lambda: note(branch="zuid"),
    ]
    for ask in asks:
        with pytest.raises(NotKnown):
            ask()


def test_b6_a_noted_coupon_is_registered_once(lab: Lab) -> None:
    issue_batch(DataDir(settings.DATA), pool=BREAD, points=30, count=1, batch="noted")
    coupon = Voucher.objects.get(points=30, batch__name="noted").pk
    before = balance("vera", BREAD)
    noted = note(pool="", points=None, coupon=coupon)
    register(noted)
    register(noted)

    assert balance("vera", BREAD) == before + 30
    with pytest.raises(CentralError):
        register(note(pool="", points=None, coupon=coupon))


def test_b6_for_a_noted_amount_staff_say_the_points(lab: Lab) -> None:
    before = balance("vera", BREAD)
    noted = note(pool="", points=None, amount_minor=1250)
    with pytest.raises(BadValue) as refused:
        register(noted)
    assert refused.value.rule == "required"
    register(noted, pool=BREAD, points=12)
    register(noted, pool=BREAD, points=12)

    assert balance("vera", BREAD) == before + 12
    with pytest.raises(BadValue):
        register(note(), pool=BREAD, points=1)

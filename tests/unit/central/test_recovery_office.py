"""The office's page of lost terminals: two operators, two browsers, and a company's staff who may do nothing there."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend_bridge.central.fleet.models import Generation, Terminal, TerminalReplay, WriteOff
from backend_bridge.central.instants import from_ms
from backend_bridge.central.recovery.restoring import begin_generation
from loyalty.wire import journal_file
from loyalty.wire.messages import JournalBatch
from tests.unit.central.lab import NOW_MS, TERMINALS, Lab, PaperTerminal, main_points, points_wanted
from tests.unit.central.test_epochs_of_terminals import in_escrows, new_epoch
from tests.unit.central.test_office import logged_in
from tests.unit.central.test_write_off import operators

PAGE = "/office/fleet/writeoff/lost/"


def browsers() -> tuple[Client, Client]:
    """The browsers of two operators."""
    operators()
    return logged_in("one"), logged_in("two")


def said(answer: Any) -> list[str]:
    """What the page says after something was done."""
    assert answer.status_code == 200
    return [str(message) for message in get_messages(answer.wsgi_request)]


def lost_terminal(lab: Lab) -> PaperTerminal:
    """A terminal that holds 200 of Anna's points, and has begun a new journal."""
    molen = PaperTerminal("molen-1")
    lab.grant(molen, points_wanted("anna", 200))
    lab.upload(new_epoch(molen, end=None))
    return molen


def test_two_operators_write_a_frozen_journal_off(lab: Lab) -> None:
    lost_terminal(lab)
    first, second = browsers()
    shown = first.get(PAGE).content.decode()
    assert "molen-1/1/1" in shown
    assert "200 Bread points" in shown

    asked = first.post(f"{PAGE}ask/", {"terminal": "molen-1", "epoch": "1", "reason": "disk"}, follow=True)
    assert said(asked) == ["Asked for. Somebody else has to confirm it."]
    row = WriteOff.objects.get()
    own = first.post(f"{PAGE}{row.pk}/sign/", {"sure": "on"}, follow=True)
    assert said(own) == ["somebody else has to confirm what you have asked for"]
    careless = second.post(f"{PAGE}{row.pk}/sign/", follow=True)
    assert said(careless) == ["Nothing was done: tick that you have checked it."]
    assert in_escrows() == 200

    assert said(second.post(f"{PAGE}{row.pk}/sign/", {"sure": "on"}, follow=True)) == ["Done."]
    assert (main_points("anna"), in_escrows()) == (640, 0)
    assert "confirmed" in second.get("/office/fleet/writeoff/").content.decode()


def test_what_was_asked_for_is_withdrawn(lab: Lab) -> None:
    lost_terminal(lab)
    first, second = browsers()
    first.post(f"{PAGE}ask/", {"terminal": "molen-1", "epoch": "1", "reason": "disk"})

    assert said(second.post(f"{PAGE}{WriteOff.objects.get().pk}/withdraw/", follow=True)) == ["Withdrawn."]
    assert in_escrows() == 200


def test_a_form_that_lacks_something_says_so(lab: Lab) -> None:
    first, _second = browsers()
    answer = first.post(f"{PAGE}ask/", {"terminal": "molen-1", "epoch": "1", "reason": ""})
    assert "This field is required." in answer.content.decode()
    assert not WriteOff.objects.exists()


def test_a_found_journal_is_uploaded_and_told(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    first, _second = browsers()
    file = journal_file.pack([JournalBatch(epoch=1, entries=tuple(molen.journal))])
    answer = first.post(
        f"{PAGE}upload/", {"terminal": "molen-1", "file": SimpleUploadedFile("journal", file)}, follow=True
    )
    assert said(answer) == ["molen-1: epoch 1: 1 applied (0 in suspense), 0 known before"]

    wrong = first.post(f"{PAGE}upload/", {"terminal": "molen-1", "file": SimpleUploadedFile("journal", b"no journal")})
    assert "neither a terminal&#x27;s database nor exported batches" in wrong.content.decode()


def test_after_a_restore_it_says_who_is_waited_for(lab: Lab) -> None:
    at = from_ms(NOW_MS)
    generation = begin_generation(reason="test", at=at)
    first, second = browsers()
    for terminal in set(TERMINALS) - {"kaple-1"}:
        TerminalReplay.objects.create(generation=generation, terminal_id=terminal, state="replayed", at=at)
    shown = first.get(PAGE).content.decode()
    assert "kaple-1" in shown.split("Frozen journals")[0]

    first.post(f"{PAGE}declare/", {"lost": "kaple-1", "reason": "burnt down"})
    second.post(f"{PAGE}{WriteOff.objects.get().pk}/sign/", {"sure": "on"})

    assert Generation.objects.get().done_at is not None


def test_p6_a_companys_staff_does_nothing_there(lab: Lab) -> None:
    lost_terminal(lab)
    operators()
    staff = logged_in("molen")
    assert staff.get(PAGE).status_code == 403
    for step in ("ask/", "declare/", "upload/", "1/sign/", "1/withdraw/"):
        answer = staff.post(PAGE + step, {"terminal": "molen-1", "epoch": "1", "reason": "disk"})
        assert answer.status_code == 403, step
    assert not WriteOff.objects.exists()
    assert b"Lost terminals" not in staff.get("/office/").content


def test_nobody_acts_without_having_logged_in(lab: Lab) -> None:
    assert Client(HTTP_HOST="localhost").get(PAGE).status_code == 302
    assert Terminal.objects.filter(pk="molen-1").exists()

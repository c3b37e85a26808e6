"""What is set up later changes nothing of what has happened: a replay comes out the same."""

from __future__ import annotations

from backend_bridge.central.commands import register_terminal
from backend_bridge.central.fleet.models import JournalEntry
from backend_bridge.central.organisation.models import Branch
from tests.unit.central.lab import NETWORK, Lab, PaperTerminal, points_wanted, spent, terminal_key
from tests.unit.central.replaying import assert_replays

MOLEN = "de-molen"


def open_first_branch() -> None:
    """The bakery opens a branch that comes before all others, in another time zone."""
    Branch.objects.create(id="a-first", company_id=MOLEN, name="First", timezone="Pacific/Auckland")


def test_an_entry_is_judged_by_the_branch_where_its_terminal_stood(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 200, pool=NETWORK))
    molen.write(spent(held.lots))
    lab.upload(molen)
    open_first_branch()
    register_terminal(terminal="molen-1", branch="kaple", public=terminal_key("molen-1").public.hex())

    assert set(JournalEntry.objects.values_list("branch", flat=True)) == {"utrecht-centraal"}
    assert_replays()

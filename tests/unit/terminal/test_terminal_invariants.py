"""What is true of a terminal after anything that can happen to it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.terminal.machine import WAITING
from firmware.terminal.model import RESTING, Noted, Redeemed, Refusal, Registered, State, Terminal
from tests.unit.terminal.world import World


def nothing_personal_stays_at_rest(terminal: Terminal) -> None:
    if terminal.state in RESTING:
        assert (terminal.visit, terminal.pending, terminal.outcome) == (None, None, None)
    elif terminal.visit is None:
        assert terminal.state is State.DONE
        assert isinstance(terminal.outcome, Redeemed | Registered | Noted)


def waiting_means_waiting_for_something(terminal: Terminal) -> None:
    assert (terminal.pending is not None) == (terminal.state in WAITING | {State.CONFIRMING})
    if terminal.state in WAITING:
        assert terminal.pending is not None
        assert terminal.pending.request is not None
        assert terminal.devices.link


def an_outcome_belongs_to_its_state(terminal: Terminal) -> None:
    assert isinstance(terminal.outcome, Refusal) == (terminal.state is State.REFUSED)
    assert (terminal.outcome is not None) == (terminal.state in {State.REFUSED, State.DONE})


def a_terminal_rests_where_its_devices_let_it(terminal: Terminal) -> None:
    if terminal.state in RESTING:
        assert (terminal.state is State.OUT_OF_ORDER) == (not terminal.devices.reader)
        assert (terminal.state is State.IDLE) == (terminal.devices.reader and terminal.devices.link)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_happens_nothing_raises_and_the_invariants_hold(seed: int) -> None:
    world = World(seed)
    for _ in range(200):
        world.go_on()
        for invariant in (
            nothing_personal_stays_at_rest,
            waiting_means_waiting_for_something,
            an_outcome_belongs_to_its_state,
            a_terminal_rests_where_its_devices_let_it,
        ):
            invariant(world.stage.terminal)


def test_the_world_of_these_tests_reaches_every_state_often() -> None:
    seen: Counter[State] = Counter()
    for seed in range(30):
        world = World(seed)
        for _ in range(200):
            world.go_on()
            seen[world.stage.state] += 1
    assert min(seen[state] for state in State) >= 30

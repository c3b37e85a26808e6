"""A terminal whose disk is full, in calm weather: it shows balances, refuses what it cannot record, goes on after."""

from __future__ import annotations

from hw_sim.chaos.hall import Hall
from hw_sim.chaos.passer_by import CODE, nodes
from hw_sim.client.customer import Customer, Stuck
from hw_sim.demo.setting_up import TERMINAL

CARD = "vera"
#: How the screens that a redemption ends with begin: what the customer is told.
REFUSED, DONE = "This could not be recorded", "A free coffee"
_PATIENCE_S = 120.0
_ATTEMPTS = 20


def check_full_disk(hall: Hall) -> list[str]:
    """Fill the disk, look, and make space again; what is wrong, in words. Nobody else is at the terminal."""
    hands = hall.hands
    wrong = []
    hands.disk(full=True)
    try:
        if (came := redeem(hands, hall)) != REFUSED:
            wrong.append(f"the terminal's disk is full, and a redemption ended with {came!r}")
    except Stuck as error:
        wrong.append(f"the terminal's disk is full: {error}")
    finally:
        hands.disk(full=False)
    # What the disk refused is found out again after some seconds.
    came = ""
    for _attempt in range(_ATTEMPTS):
        if (came := redeem(hands, hall)) == DONE:
            return wrong
    return [*wrong, f"the terminal's disk has space again, and a redemption ends with {came!r}"]


def redeem(hands: Customer, hall: Hall) -> str:
    """Somebody sees their balance and redeems the cheapest reward: the heading of the screen that it ends with.

    Raises `Stuck` where a screen on the way does not come.
    """
    reward = min(hall.stock.rewards, key=lambda one: one.points)
    hands.lay(CARD)
    hands.wait_for("balance", timeout_s=_PATIENCE_S)
    hands.touch(reward.label)
    hands.wait_for("confirming", timeout_s=_PATIENCE_S)
    hands.touch("Yes")
    hands.wait_for("done", "refused", timeout_s=_PATIENCE_S)
    shown = list(nodes(hands.state()))
    for code in (node["value"] for node in shown if node["label"] == CODE):
        hall.witness.saw_code(TERMINAL, hall.stock.demo[CARD], code=code, reward=reward.id)
    hands.take_card()
    hands.wait_for("idle", "offline", timeout_s=_PATIENCE_S)
    return next((str(node["label"]) for node in shown if node["role"] == "heading"), "")

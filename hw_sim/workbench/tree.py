"""Finding something on the screen by what a person reads.

Decides which button a label means; knows neither pixels nor the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from hw_sim.workbench.devices import Tree
from hw_sim.workbench.problems import Ambiguous, LabelNotOnScreen, shortened


def walk(state: Tree) -> Iterator[Tree]:
    """Every node of a screen, parents before children."""
    waiting = list(reversed(state.get("nodes", ())))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.get("children") or ()))


def button_centre(state: Tree, label: str) -> tuple[int, int]:
    """The middle of the enabled button that `label` means.

    The whole label counts first, in any case and with any spacing; then a beginning that only one
    button has. Raises `LabelNotOnScreen` or `Ambiguous`, both with the labels that there are.
    """
    buttons = [node for node in walk(state) if node.get("role") == "button" and node.get("label")]
    enabled = [node for node in buttons if node.get("enabled", True)]
    wanted = _plain(label)
    if not wanted:
        raise LabelNotOnScreen("The label is empty.", labels=_labels(enabled))
    found = [node for node in enabled if _plain(node["label"]) == wanted]
    found = found or [node for node in enabled if _plain(node["label"]).startswith(wanted)]
    if len(found) == 1:
        x, y, width, height = found[0]["rect"]
        return int(x + width // 2), int(y + height // 2)
    there = _labels(enabled)
    listed = ", ".join(repr(one) for one in there) or "none"
    if found:
        meant = ", ".join(repr(one) for one in _labels(found))
        raise Ambiguous(f"{shortened(label)!r} may mean {meant}. Touch by x and y, or say more.", labels=there)
    if any(_plain(node["label"]) == wanted for node in buttons):
        raise LabelNotOnScreen(f"The button {label!r} is greyed out. What can be touched: {listed}.", labels=there)
    raise LabelNotOnScreen(
        f"No button on the screen {state.get('screen')!r} says {shortened(label)!r}. What can be touched: {listed}.",
        labels=there,
    )


def _plain(label: str) -> str:
    return " ".join(label.split()).casefold()


def _labels(nodes: list[Tree]) -> list[str]:
    return [str(node["label"]) for node in nodes]

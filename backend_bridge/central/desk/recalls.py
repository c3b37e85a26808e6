"""Recalls of the right to reverse receipts: sent to their terminals until the right is back."""

from __future__ import annotations

from collections.abc import Callable

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.sales.models import ReceiptHome
from backend_bridge.link.outgoing import Outgoing
from loyalty.wire.messages import Recall

#: A recall is sent again so often, while its terminal is online.
_AGAIN_MS = 5_000
_AT_ONCE = 100


class ReceiptRecalls:
    """What was sent when; a desk that begins anew sends all again, which does no harm."""

    def __init__(self) -> None:
        self._sent_ms: dict[str, int] = {}

    def due(self, *, now_ms: int, turn_of: Callable[[Terminal], Turn]) -> list[Outgoing]:
        """The recalls that are to be sent now."""
        homes = ReceiptHome.objects.filter(recalled_at__isnull=False, terminal__online=True)
        rows = list(homes.select_related("terminal__branch__company").order_by("recalled_at", "pk")[:_AT_ONCE])
        wanted = {home.pk: self._sent_ms.get(home.pk, 0) for home in rows}
        self._sent_ms = wanted
        return [self._recall(home, now_ms, turn_of) for home in rows if now_ms - wanted[home.pk] >= _AGAIN_MS]

    def _recall(self, home: ReceiptHome, now_ms: int, turn_of: Callable[[Terminal], Turn]) -> Outgoing:
        turn = turn_of(home.terminal)
        self._sent_ms[home.pk] = now_ms
        recall = Recall(
            recall=turn.new_id(), terminal=home.terminal_id, epoch=home.epoch, member="", receipt=home.number
        )
        return turn.send("down/recall", recall)

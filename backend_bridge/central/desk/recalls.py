"""Recalls of the right to reverse receipts: sent to their terminals until the right is back."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Exists, OuterRef

from backend_bridge.central.desk.turn import Turn
from backend_bridge.central.fleet.models import EpochHead, Terminal
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
        # A journal that has ended answers no more.
        newer = EpochHead.objects.filter(terminal=OuterRef("terminal"), epoch__gt=OuterRef("epoch"))
        wanted = homes.filter(~Exists(newer)).order_by("recalled_at", "pk").values_list("pk", flat=True)
        self._sent_ms = {pk: self._sent_ms.get(pk, 0) for pk in wanted}
        waiting = (pk for pk, sent_ms in self._sent_ms.items() if now_ms - sent_ms >= _AGAIN_MS)
        # Who was asked longest ago comes first, so that one who does not answer keeps nobody else waiting.
        turn = sorted(waiting, key=lambda pk: self._sent_ms[pk])[:_AT_ONCE]
        rows = homes.select_related("terminal__branch__company").in_bulk(turn)
        return [self._recall(rows[pk], now_ms, turn_of) for pk in turn if pk in rows]

    def _recall(self, home: ReceiptHome, now_ms: int, turn_of: Callable[[Terminal], Turn]) -> Outgoing:
        turn = turn_of(home.terminal)
        self._sent_ms[home.pk] = now_ms
        recall = Recall(
            recall=turn.new_id(), terminal=home.terminal_id, epoch=home.epoch, member="", receipt=home.number
        )
        return turn.send("down/recall", recall)

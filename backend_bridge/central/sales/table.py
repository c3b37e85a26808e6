"""Which function posts which act of sales."""

from __future__ import annotations

from typing import Any

import msgspec

from backend_bridge.central.acting.handler import Handler
from backend_bridge.central.sales.expiring import ExpiredAre, post_expired
from backend_bridge.central.sales.posting import SaleIs, post_sale
from backend_bridge.central.sales.posting_back import ReversalIs, post_reversed
from loyalty.acts.sales import LotsExpired, SaleMade, SaleReversed

HANDLERS: dict[type[msgspec.Struct], Handler[Any]] = {
    SaleMade: Handler(post_sale, SaleIs),
    SaleReversed: Handler(post_reversed, ReversalIs),
    LotsExpired: Handler(post_expired, ExpiredAre),
}

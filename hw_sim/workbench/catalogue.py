"""The cards in the drawer and the coupons on the table.

Decides how a card of the demo becomes a virtual one and how a coupon's text becomes a picture. What
they are worth is the central system's business: it made the list.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import segno

from hw_sim.pn532.cards import MifareClassic, Ntag213, VirtualCard

_PIXELS_PER_MODULE = 8
_QUIET_ZONE_MODULES = 4


class UnusableCatalogue(ValueError):
    """The list of cards and coupons cannot be read; the message says where it is wrong."""


@dataclass(frozen=True)
class DrawerCard:
    """A card that can be laid on the reader."""

    name: str
    uid: bytes
    family: str
    description: str

    def made(self) -> VirtualCard:
        """A virtual card of this kind. Of a family without an emulation, what is told by its UID's length."""
        if "classic" in self.family.casefold() or len(self.uid) == 4:
            return MifareClassic(self.uid)
        return Ntag213(self.uid)


@dataclass(frozen=True)
class TableCoupon:
    """A coupon that can be held to the camera."""

    name: str
    text: str
    description: str

    def png(self) -> bytes:
        """The coupon's QR code as it is printed, with its quiet zone."""
        out = io.BytesIO()
        code = segno.make_qr(self.text, error="m", boost_error=False)
        code.save(out, kind="png", scale=_PIXELS_PER_MODULE, border=_QUIET_ZONE_MODULES)
        return out.getvalue()


@dataclass(frozen=True)
class Catalogue:
    """Everything that lies ready, by name."""

    cards: dict[str, DrawerCard] = field(default_factory=dict)
    coupons: dict[str, TableCoupon] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """The list that the central system wrote; raises `UnusableCatalogue`."""
        try:
            listed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            cards = {name: _card(name, entry) for name, entry in listed["cards"].items()}
            coupons = {name: _coupon(name, entry) for name, entry in listed["coupons"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnusableCatalogue(f"{path.name} is no list of cards and coupons: {error!r}") from error
        return cls(cards, coupons)


def _card(name: str, entry: dict[str, Any]) -> DrawerCard:
    card = DrawerCard(
        name=name,
        uid=bytes.fromhex(entry["uid"]),
        family=str(entry.get("family", "")),
        description=str(entry.get("description", "")),
    )
    card.made()
    return card


def _coupon(name: str, entry: dict[str, Any]) -> TableCoupon:
    return TableCoupon(name=name, text=str(entry["text"]), description=str(entry.get("description", "")))

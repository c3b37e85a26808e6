"""What the demonstration shows: three companies, their pools and rewards, cards and coupons.

Data only. The examples are those that the product was described with: a bakery chain that gives
points for bread, a bar that gives them for cocktails, a minimum of 1000 points, a VIP customer.
"""

from __future__ import annotations

from typing import Any

BREAD, NETWORK, KAPLE = "bread-points", "network-points", "kaple-points"

COMPANIES: list[dict[str, Any]] = [
    {
        "id": "de-molen",
        "number": 1,
        "name": "Bakkerij De Molen",
        "currency": "EUR",
        "colour": "#9a3412",
        "languages": ["nl", "en", "de", "da", "cs"],
        # The bakery's own decision and risk: a card that is only a number pays here, also offline.
        "trust": {"uid": {"spend_online": True, "spend_offline": True}},
        "keep_points": 500,
    },
    {
        "id": "cocktailbar-zuid",
        "number": 2,
        "name": "Cocktailbar Zuid",
        "currency": "EUR",
        "colour": "#155e75",
        "languages": ["nl", "en", "de"],
        "trust": {},
        "keep_points": 0,
    },
    {
        "id": "kavarna-kaple",
        "number": 3,
        "name": "Kavárna Kaple",
        "currency": "CZK",
        "colour": "#3f6212",
        "languages": ["cs", "en", "de"],
        "trust": {},
        "keep_points": 0,
    },
]

BRANCHES = [
    {"id": "utrecht-centraal", "company_id": "de-molen", "name": "Utrecht Centraal", "timezone": "Europe/Amsterdam"},
    {"id": "zuid", "company_id": "cocktailbar-zuid", "name": "Amsterdam Zuid", "timezone": "Europe/Amsterdam"},
    {"id": "kaple", "company_id": "kavarna-kaple", "name": "U Kaple", "timezone": "Europe/Prague"},
]

POOLS: list[dict[str, Any]] = [
    {
        "id": BREAD,
        "network": False,
        "company_id": "de-molen",
        "currency": "EUR",
        "minimum_balance": 0,
        "names": {
            "en": "Bread points",
            "nl": "Broodpunten",
            "de": "Brotpunkte",
            "da": "Brødpoint",
            "cs": "Body za pečivo",
        },
    },
    {
        "id": NETWORK,
        "network": True,
        "company_id": None,
        "currency": "EUR",
        "minimum_balance": 1000,
        "names": {
            "en": "Tapbon network points",
            "nl": "Tapbon-netwerkpunten",
            "de": "Tapbon-Netzwerkpunkte",
            "da": "Tapbon-netværkspoint",
            "cs": "Síťové body Tapbon",
        },
    },
    {
        "id": KAPLE,
        "network": False,
        "company_id": "kavarna-kaple",
        "currency": "CZK",
        "minimum_balance": 0,
        "names": {
            "en": "Kaple points",
            "nl": "Kaple-punten",
            "de": "Kaple-Punkte",
            "da": "Kaple-point",
            "cs": "Body Kaple",
        },
    },
]

REWARDS: list[dict[str, Any]] = [
    {
        "id": "free-coffee",
        "company_id": "de-molen",
        "pool_id": BREAD,
        "points": 150,
        "icon": "coffee",
        "names": {
            "en": "A free coffee",
            "nl": "Een gratis koffie",
            "de": "Ein Kaffee gratis",
            "da": "En gratis kaffe",
            "cs": "Káva zdarma",
        },
    },
    {
        "id": "loaf",
        "company_id": "de-molen",
        "pool_id": BREAD,
        "points": 250,
        "icon": "bread",
        "names": {
            "en": "A loaf of bread",
            "nl": "Een heel brood",
            "de": "Ein Laib Brot",
            "da": "Et helt brød",
            "cs": "Bochník chleba",
        },
    },
    {
        "id": "breakfast-for-two",
        "company_id": "de-molen",
        "pool_id": BREAD,
        "points": 900,
        "icon": "breakfast",
        "names": {
            "en": "Breakfast for two",
            "nl": "Ontbijt voor twee",
            "de": "Frühstück für zwei",
            "da": "Morgenmad til to",
            "cs": "Snídaně pro dva",
        },
    },
    {
        "id": "partner-cocktail",
        "company_id": "de-molen",
        "pool_id": NETWORK,
        "points": 850,
        "icon": "cocktail",
        "names": {
            "en": "A cocktail at Cocktailbar Zuid",
            "nl": "Een cocktail bij Cocktailbar Zuid",
            "de": "Ein Cocktail bei Cocktailbar Zuid",
            "da": "En cocktail hos Cocktailbar Zuid",
            "cs": "Koktejl v baru Cocktailbar Zuid",
        },
    },
    {
        "id": "cocktail",
        "company_id": "cocktailbar-zuid",
        "pool_id": NETWORK,
        "points": 850,
        "icon": "cocktail",
        "names": {"en": "A cocktail", "nl": "Een cocktail", "de": "Ein Cocktail", "da": "En cocktail", "cs": "Koktejl"},
    },
    {
        "id": "kaple-espresso",
        "company_id": "kavarna-kaple",
        "pool_id": KAPLE,
        "points": 500,
        "icon": "coffee",
        "names": {
            "en": "An espresso",
            "nl": "Een espresso",
            "de": "Ein Espresso",
            "da": "En espresso",
            "cs": "Espreso",
        },
    },
]

#: Opening balances are (pool, issuing company, points).
CARDS: dict[str, dict[str, Any]] = {
    "anna": {
        "uid": "04a1c35a7e6180",
        "family": "ntag213",
        "display_name": "Anna de Vries",
        "description": "Anna: 640 bread points, 1240 network points",
        "opening": [(BREAD, "de-molen", 440), (BREAD, "de-molen", 200), (NETWORK, "cocktailbar-zuid", 1240)],
    },
    "bram": {
        "uid": "9a3c51e7",
        "family": "mifare-classic",
        "display_name": "Bram Bakker",
        "description": "Bram: 80 bread points, 400 network points (below the minimum)",
        "opening": [(BREAD, "de-molen", 80), (NETWORK, "cocktailbar-zuid", 400)],
    },
    "vera": {
        "uid": "04b2d46b8f7280",
        "family": "ntag213",
        "display_name": "Vera Visser",
        "description": "Vera, VIP: 2400 bread points, 2400 network points",
        "opening": [(BREAD, "de-molen", 2325), (NETWORK, "de-molen", 2400)],
    },
    "blocked": {
        "uid": "04c3e57c908380",
        "family": "ntag213",
        "display_name": "Karel Kuiper",
        "description": "Karel's lost card: blocked, 500 bread points",
        "opening": [(BREAD, "de-molen", 500)],
    },
    "stranger": {
        "uid": "04d4f68da19480",
        "family": "ntag213",
        "description": "A card of somebody else: not known here",
    },
}

#: `days` is the last day, counted from today; None: no end.
COUPONS: dict[str, dict[str, Any]] = {
    "welcome-100": {"points": 100, "days": None, "description": "100 bread points, free"},
    "bread-50": {"points": 50, "days": 365, "description": "50 bread points, free"},
    "summer-200": {"points": 200, "days": 90, "description": "200 bread points, free"},
    "expired-100": {"points": 100, "days": -10, "description": "Its last day is over"},
    "cancelled-25": {"points": 25, "days": None, "description": "Cancelled by the bakery"},
    "used-75": {"points": 75, "days": None, "description": "Registered by Vera last week"},
}
FOREIGN_TEXT = "https://example.org/promo"
ODD_COUPONS = {
    "foreign": "A QR code of somebody else",
    "forged": "Signed with a key that is not the bakery's",
    "damaged": "Half of the code is missing",
}

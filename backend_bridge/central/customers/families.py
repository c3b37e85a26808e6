"""The kinds of cards that can be issued. All of them prove no more than their number so far."""

from __future__ import annotations

FAMILIES = (
    "ntag213",
    "ntag215",
    "ntag216",
    "ntag424-dna",
    "mifare-classic",
    "mifare-ultralight",
    "mifare-desfire",
    "other",
)

"""The pseudonym by which messages and ledgers name a card, so that its number travels nowhere.

It identifies, it proves nothing: a number that anyone can copy stays one (design, "Cards").
"""

from __future__ import annotations

import hashlib

_PERSON = b"tapbon-card"


def card_token(uid: bytes, key: bytes) -> str:
    """The pseudonym of the card with this `uid`: 32 hex digits, keyed with the programme's card key."""
    return hashlib.blake2b(uid, key=key, digest_size=16, person=_PERSON).hexdigest()

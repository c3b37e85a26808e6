"""Signatures of deliveries, as "Standard Webhooks" describes them: receivers have libraries for it.

Signed are the event's id, the time of sending and the body, joined by dots. A receiver refuses what is
older than `REPLAY_WINDOW_S`, and an id that it has seen.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable

REPLAY_WINDOW_S = 300
PREFIX = "whsec_"
#: How long the old secret counts after a new one was made.
OVERLAP = dt.timedelta(hours=24)


def secret_of(webhook: str, number: int, *, key: bytes) -> bytes:
    """The secret with this number of a webhook; nobody has to keep it."""
    return hmac.new(key, f"tapbon webhook secret\0{webhook}\0{number}".encode(), hashlib.sha256).digest()


def shown(secret: bytes) -> str:
    """A secret as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secret).decode()


def signature(event: str, sent_s: int, body: bytes, *, secrets: Iterable[bytes]) -> str:
    """The value of `webhook-signature`: one signature for each secret that counts."""
    said = f"{event}.{sent_s}.".encode() + body
    digests = (hmac.new(secret, said, hashlib.sha256).digest() for secret in secrets)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)


def verify(event: str, sent_s: int, body: bytes, signatures: str, *, secret: bytes, now_s: int) -> bool:
    """What a receiver does with a delivery before it believes it."""
    if abs(now_s - sent_s) > REPLAY_WINDOW_S:
        return False
    wanted = signature(event, sent_s, body, secrets=[secret])
    return any(hmac.compare_digest(wanted.encode(), one.encode()) for one in signatures.split(" "))

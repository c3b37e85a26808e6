"""PINs as secrets: how they are hashed and compared, one-time PINs, and proofs that a PIN was right.

A PIN has a few thousand values, so a hash alone keeps nobody out who has the table: each of them is tried
in minutes. Therefore it is mixed first with a key that is a file of the central system and not in the
database; argon2 is for the day on which both are stolen (ADR 0017). No function here says, logs or raises
anything that holds a PIN.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from django.conf import settings

from backend_bridge.central.data_dir import DataDir
from loyalty.errors import PinRefused
from loyalty.pins import check_pin

#: How long a one-time PIN can be exchanged for one's own.
ONE_TIME = dt.timedelta(hours=24)
#: How long a proof is one: time to record what is paid with it.
PROOF_S = 120
_ONE_TIME_DIGITS = 6
#: OWASP's second choice for argon2id: 19 MiB, so that a rush at many counters does not fill the memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_MIXED, _PROOF = b"tapbon-pin-mix", b"tapbon-pin-proof"
_PROOF_FORM = re.compile(r"([0-9]{1,12})-([0-9a-f]{32})")
#: Of nothing anybody can type, with the same costs: what is compared where there is nothing to compare.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$dGFwYm9uLW5vYm9keSEhIQ$" + base64.b64encode(bytes(32)).decode().rstrip("=")


def digest_of(card: str, pin: str) -> str:
    """The hash of a card's PIN, which is kept."""
    return _hasher.hash(_mixed(card, pin))


def matches(digest: str | None, card: str, pin: str) -> bool:
    """Whether `pin` is the one that `digest` is of; takes as long where there is none."""
    try:
        return _hasher.verify(digest or _NOBODYS, _mixed(card, pin)) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time_pin() -> str:
    """A new one-time PIN; longer than most of one's own, since somebody else has to say it."""
    while True:
        made = f"{secrets.randbelow(10**_ONE_TIME_DIGITS):0{_ONE_TIME_DIGITS}d}"
        try:
            return check_pin(made)
        except PinRefused:
            continue


def proof_of(digest: str, *, card: str, company: str, at: dt.datetime) -> str:
    """That the PIN of `digest` was right at `company` at `at`. It ends when the PIN does."""
    second = int(at.timestamp())
    return f"{second}-{_seal(digest, card=card, company=company, second=second)}"


def proves(proof: str, digest: str, *, card: str, company: str, at: dt.datetime) -> bool:
    """Whether `proof` is of this PIN, card and company, and not older than `PROOF_S`."""
    form = _PROOF_FORM.fullmatch(proof)
    if form is None:
        return False
    second = int(form[1])
    genuine = hmac.compare_digest(_seal(digest, card=card, company=company, second=second), form[2])
    return genuine and 0 <= int(at.timestamp()) - second <= PROOF_S


def _seal(digest: str, *, card: str, company: str, second: int) -> str:
    said = "\0".join([digest, card, company, str(second)]).encode()
    return hashlib.blake2b(said, key=_key(), digest_size=16, person=_PROOF).hexdigest()


def _mixed(card: str, pin: str) -> bytes:
    said = f"{card}\0{pin}".encode()
    return hashlib.blake2b(said, key=_key(), digest_size=32, person=_MIXED).digest()


def _key() -> bytes:
    return DataDir(settings.DATA).pins_key()

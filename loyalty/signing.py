"""Ed25519 signatures over exact bytes, separated by domain.

A signature made for one purpose (a journal entry, a grant, a coupon) is never valid for another:
the domain's name is part of what is signed. Keys are raw 32-byte values and come in as arguments.
"""

from __future__ import annotations

import enum
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from loyalty.errors import SignatureError


class Domain(enum.Enum):
    """What a signature is for."""

    JOURNAL = b"tapbon/1/journal"
    DOWN = b"tapbon/1/down"
    RULES = b"tapbon/1/rules"
    COUPON = b"tapbon/1/coupon"


class Signed(msgspec.Struct, frozen=True):
    """`payload` as it was signed, byte for byte, with the id of the key and the signature."""

    payload: bytes
    key_id: str
    signature: bytes


class SigningKey:
    """A private key with its public id (the first 16 hex digits of the public key's SHA-256)."""

    def __init__(self, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)

    def sign(self, domain: Domain, payload: bytes) -> Signed:
        """`payload` with its signature for `domain`."""
        return Signed(payload, self.key_id, self.raw_signature(domain, payload))

    def raw_signature(self, domain: Domain, payload: bytes) -> bytes:
        """The 64 bytes alone, where the payload is kept elsewhere (a coupon's QR code)."""
        return self._key.sign(_to_be_signed(domain, payload))


def key_id(public: bytes) -> str:
    """The id by which a public key is named in messages."""
    return hashlib.sha256(public).hexdigest()[:16]


def verify(signed: Signed, *, domain: Domain, public: bytes) -> bytes:
    """The payload of `signed`, once its signature is known to be right; raises `SignatureError`."""
    if signed.key_id != key_id(public):
        raise SignatureError(f"signed with key {signed.key_id}, not with {key_id(public)}")
    verify_raw(signed.payload, signed.signature, domain=domain, public=public)
    return signed.payload


def verify_raw(payload: bytes, signature: bytes, *, domain: Domain, public: bytes) -> None:
    """Raises `SignatureError` unless `signature` was made for `payload` and `domain` by `public`'s key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _to_be_signed(domain, payload))
    except (InvalidSignature, ValueError) as error:
        raise SignatureError(f"the signature does not fit ({domain.name.lower()})") from error


def _to_be_signed(domain: Domain, payload: bytes) -> bytes:
    return domain.value + b"\0" + payload

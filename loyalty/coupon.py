"""The code on a point coupon: 20 bytes of what it says and an Ed25519 signature, base45 in a QR code.

Genuine is not the same as unused: this module judges the first only. The company's private key
never leaves the central system; a terminal knows the public keys from its rules.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping

import msgspec

from loyalty import base45
from loyalty.errors import CouponError, SignatureError
from loyalty.signing import Domain, SigningKey, verify_raw

PREFIX = "TB1:"
_BODY = struct.Struct(">BBHQIHH")  # version, key number, company, coupon, points, last day, reserved
_VERSION = 1
_SIGNATURE_BYTES = 64
_DAY_ZERO = dt.date(2020, 1, 1)
_FOREVER = 0xFFFF


class CouponCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon's code says. `last_day` is included (wall clock of the branch); None: no end.

    `company` is the number of the company in the programme, `key` which of its keys signed,
    `coupon` 64 random bits, `points` the points that registering gives.
    """

    company: int
    key: int
    coupon: int
    points: int
    last_day: dt.date | None = None

    @property
    def coupon_id(self) -> str:
        """The id by which the central system knows the coupon: 16 hex digits."""
        return f"{self.coupon:016x}"


def issue(code: CouponCode, key: SigningKey) -> str:
    """The text for the QR code; raises `CouponError` ("out_of_range") for what cannot be written."""
    body = _pack(code)
    return PREFIX + base45.encode(body + key.raw_signature(Domain.COUPON, body))


def read(text: str, keys: Mapping[tuple[int, int], bytes]) -> CouponCode:
    """What the genuine coupon `text` says. `keys` maps (company, key number) to public keys.

    Raises `CouponError` with the reason `foreign` (no code of ours), `damaged` (ours, but not
    readable), `unknown_key` (a company or key that is not known here) or `forged`.
    """
    code, body, signature = _unpack(text)
    public = keys.get((code.company, code.key))
    if public is None:
        raise CouponError("unknown_key", f"company {code.company}, key {code.key} is not known here")
    try:
        verify_raw(body, signature, domain=Domain.COUPON, public=public)
    except SignatureError as error:
        raise CouponError("forged", "the signature does not belong to this coupon") from error
    return code


def is_genuine(text: str, keys: Mapping[tuple[int, int], bytes]) -> bool:
    """Whether `read` would accept `text`."""
    try:
        read(text, keys)
    except CouponError:
        return False
    return True


def _pack(code: CouponCode) -> bytes:
    until = _FOREVER if code.last_day is None else (code.last_day - _DAY_ZERO).days
    if code.last_day is not None and until >= _FOREVER:
        raise CouponError("out_of_range", f"{code.last_day} is later than a coupon can say")
    try:
        return _BODY.pack(_VERSION, code.key, code.company, code.coupon, code.points, until, 0)
    except struct.error as error:
        raise CouponError("out_of_range", f"a coupon cannot carry this: {error}") from error


def _unpack(text: str) -> tuple[CouponCode, bytes, bytes]:
    if not text.startswith(PREFIX):
        raise CouponError("foreign", "not a code of this programme")
    try:
        data = base45.decode(text.removeprefix(PREFIX))
    except ValueError as error:
        raise CouponError("damaged", str(error)) from error
    if len(data) != _BODY.size + _SIGNATURE_BYTES:
        raise CouponError("damaged", f"{len(data)} bytes, a coupon has {_BODY.size + _SIGNATURE_BYTES}")
    body, signature = data[: _BODY.size], data[_BODY.size :]
    version, key, company, coupon, points, until, _reserved = _BODY.unpack(body)
    if version != _VERSION:
        raise CouponError("unknown_key", f"a coupon of version {version}; this program knows {_VERSION}")
    last_day = None if until == _FOREVER else _DAY_ZERO + dt.timedelta(days=until)
    return (
        CouponCode(company=company, key=key, coupon=coupon, points=points, last_day=last_day),
        body,
        signature,
    )

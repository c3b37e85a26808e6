"""Bytes to messages and back. Hostile bytes raise `WireError`, and nothing else.

What comes down is signed by the central system (`seal_down`, `open_down`); what a terminal sends up
is known by its topic, and its entries are signed one by one.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from loyalty.errors import WireError
from loyalty.signing import Domain, Signed, SigningKey, verify
from loyalty.wire.messages import VERSION, DownMessage, UpMessage

#: The largest message that is looked at, in bytes: a batch of 64 large entries fits several times.
MAX_BYTES = 256 * 1024
#: The largest journal entry: a batch that holds it alone is no larger than a message may be.
MAX_ENTRY_BYTES = MAX_BYTES - 1024

_encoder = msgspec.msgpack.Encoder()
_up: msgspec.msgpack.Decoder[UpMessage] = msgspec.msgpack.Decoder(UpMessage)
_down: msgspec.msgpack.Decoder[DownMessage] = msgspec.msgpack.Decoder(DownMessage)
_signed = msgspec.msgpack.Decoder(Signed)

Decoded = TypeVar("Decoded")


def encode_up(message: UpMessage) -> bytes:
    """The bytes of a message from a terminal."""
    return _encoder.encode(message)


def decode_up(data: bytes) -> UpMessage:
    """The message from a terminal in `data`; raises `WireError`."""
    message = _decode(_up, data)
    _check_version(message.v)
    return message


def seal_down(message: DownMessage, key: SigningKey) -> bytes:
    """The bytes of a message from the central system, with its signature."""
    return _encoder.encode(key.sign(Domain.DOWN, _encoder.encode(message)))


def open_down(data: bytes, *, public: bytes) -> DownMessage:
    """The message in `data` once its signature is right; raises `WireError` or `SignatureError`."""
    message = _decode(_down, verify(_decode(_signed, data), domain=Domain.DOWN, public=public))
    _check_version(message.v)
    return message


def _decode(decoder: msgspec.msgpack.Decoder[Decoded], data: bytes) -> Decoded:
    if len(data) > MAX_BYTES:
        raise WireError(f"a message of {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(f"not a message of this protocol: {error}") from error


def _check_version(version: int) -> None:
    if version != VERSION:
        raise WireError(f"message of version {version}, this program knows {VERSION}")

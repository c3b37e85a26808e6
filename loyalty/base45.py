"""Base45 (RFC 9285): bytes as the characters that a QR code packs densest."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """`data` as base45: three characters for two bytes, two for a last single one."""
    out = []
    for start in range(0, len(data), 2):
        pair = data[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, value = divmod(number, 45)
            out.append(_ALPHABET[value])
    return "".join(out)


def decode(text: str) -> bytes:
    """The bytes of base45 `text`; raises `ValueError` for anything that `encode` cannot have made."""
    if len(text) % 3 == 1:
        raise ValueError("base45 text is never one character more than a multiple of three")
    out = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        try:
            number = sum(_VALUES[character] * 45**place for place, character in enumerate(group))
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is not a base45 character") from None
        try:
            out += number.to_bytes(len(group) - 1, "big")
        except OverflowError:
            raise ValueError(f"base45 group {group!r} is too large") from None
    return bytes(out)

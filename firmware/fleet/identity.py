"""The terminal's own signing key: made here, never leaving this machine."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.journal.durable import write_durably
from loyalty.signing import SigningKey

KEY_FILE = "terminal-key"
_KEY_BYTES = 32


class IdentityError(Exception):
    """The terminal's key cannot be used; the message says what to do."""


def create_key(data: Path) -> SigningKey:
    """The key of the terminal whose data directory is `data`; made at the first call. Raises `IdentityError`."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / KEY_FILE
    if not path.exists():
        write_durably(path, os.urandom(_KEY_BYTES), mode=0o600)
    return load_key(data)


def load_key(data: Path) -> SigningKey:
    """The key that `create_key` made; raises `IdentityError`."""
    path = data / KEY_FILE
    try:
        private = path.read_bytes()
    except OSError as error:
        raise IdentityError(f"{path} cannot be read ({error.strerror}): enrol this terminal first") from error
    if len(private) != _KEY_BYTES:
        raise IdentityError(f"{path} holds {len(private)} bytes, a key has {_KEY_BYTES}: enrol this terminal anew")
    return SigningKey(private)

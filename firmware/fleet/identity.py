"""The terminal's own signing key: made here, never leaving this machine."""

from __future__ import annotations

import os
from pathlib import Path

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
        temporary = path.with_name(KEY_FILE + ".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
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

"""The data directory: where the database, the secret and the private keys of one installation are.

    DATA/central.sqlite3     the database (WAL), unless a PostgreSQL server has it
    DATA/pgpass              passwords for that server, as libpq's password file; where there is one
    DATA/secret-key          Django's secret
    DATA/keys/central.key    signs everything that goes down to terminals (32 raw bytes)
    DATA/keys/cards.key      makes card pseudonyms
    DATA/keys/pins.key       what PINs are mixed with before they are hashed; never leaves the central system
    DATA/keys/coupon-<company>-<number>.key
    DATA/static/             collected style sheets and scripts of the office

Private keys are files that only their owner can read; none is ever in the database.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from backend_bridge.central.errors import DataDirError
from loyalty.signing import SigningKey

DATA_VARIABLE = "TAPBON_DATA"
_KEY_BYTES = 32


class DataDir(msgspec.Struct, frozen=True):
    """One installation's directory, by its paths."""

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "central.sqlite3"

    @property
    def password_file(self) -> Path:
        """Where the password for a PostgreSQL server is, if it needs one."""
        return self.path / "pgpass"

    @property
    def is_prepared(self) -> bool:
        """Whether this is an installation's directory, with its keys."""
        return (self.keys / "central.key").exists()

    @property
    def keys(self) -> Path:
        """The directory of private keys."""
        return self.path / "keys"

    def prepare(self) -> None:
        """Make the directory and the keys that every installation has; keeps what is there."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        (self.path / "static").mkdir(mode=0o700, exist_ok=True)
        write_secret(self.path / "secret-key", secrets.token_urlsafe(48).encode())
        write_secret(self.keys / "central.key", secrets.token_bytes(_KEY_BYTES))
        write_secret(self.keys / "cards.key", secrets.token_bytes(_KEY_BYTES))

    def central_key(self) -> SigningKey:
        """The key that signs what goes down; raises `DataDirError` when it is not there."""
        return SigningKey(read_secret(self.keys / "central.key"))

    def cards_key(self) -> bytes:
        """The key of card pseudonyms; raises `DataDirError` when it is not there."""
        return read_secret(self.keys / "cards.key")

    def pins_key(self) -> bytes:
        """The key that PINs are mixed with, made when it is first wanted. Without it every PIN is a wrong one."""
        path = self.keys / "pins.key"
        write_secret(path, secrets.token_bytes(_KEY_BYTES))
        return read_secret(path)

    def coupon_key_file(self, *, company: str, number: int) -> Path:
        """Where a company's key for coupon codes is."""
        return self.keys / f"coupon-{company}-{number}.key"

    def coupon_key(self, *, company: str, number: int) -> SigningKey:
        """A company's key for coupon codes, made when it is first wanted."""
        path = self.coupon_key_file(company=company, number=number)
        write_secret(path, secrets.token_bytes(_KEY_BYTES))
        return SigningKey(read_secret(path))


def write_secret(path: Path, content: bytes) -> bool:
    """Write `content` to a new file that only the owner can read; False where the file exists.

    The file appears under its name complete or not at all, also across a power cut.
    """
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def read_secret(path: Path) -> bytes:
    """The content of a secret file; raises `DataDirError`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataDirError(f"{path.name} cannot be read in {path.parent}: {error.strerror}") from error

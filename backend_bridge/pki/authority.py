"""A certificate authority in a directory: issues, renews, revokes.

For demos and tests. A real operator keeps the authority's key off the broker's machine (an HSM, or
a computer without a network) and can take over the profiles and the layout of this package as they
are. Everything is safe to repeat and to interrupt: each file is whole or absent, a key is written
before its certificate, and a pair that does not fit together is made anew.

    authority.key, authority.crt    the authority itself
    revoked.crl                     for the broker and the rules listener; also the memory of what was revoked
    clients/<name>.key, .crt        servers/<name>.key, .crt        takeover/<name>.key, .crt
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from backend_bridge.pki import files, profiles
from backend_bridge.pki.errors import NameNotAllowed, NoAuthority, UnknownCertificate
from loyalty.errors import WireError
from loyalty.wire.topics import check_terminal_id

LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: A certificate that ends sooner than this is renewed when it is asked for.
RENEW_BEFORE = dt.timedelta(days=30)

Loaded = TypeVar("Loaded")


def utc_now() -> dt.datetime:
    """The time, to the second: certificates know nothing finer."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Credentials:
    """Where one party finds its certificate, its key and the authority it trusts."""

    name: str
    ca_file: Path
    certificate_file: Path
    key_file: Path


class Authority:
    """Use `create` (makes or completes it) or `load` (raises `NoAuthority` where there is none)."""

    def __init__(self, directory: Path, issuer: profiles.Issuer, now: Callable[[], dt.datetime]) -> None:
        self.directory = directory
        self.ca_file = directory / "authority.crt"
        self.crl_file = directory / "revoked.crl"
        self._issuer = issuer
        self._now = now

    @classmethod
    def create(cls, directory: Path, *, now: Callable[[], dt.datetime] = utc_now) -> Authority:
        """The authority in `directory`, made or completed where need be; the same again when repeated."""
        files.make_private_directory(directory)
        with files.locked(directory):
            key_file, certificate_file = directory / "authority.key", directory / "authority.crt"
            key = _read_key(key_file)
            if key is None:
                if certificate_file.exists():
                    # The key is written first, so this is a lost key and no interrupted start.
                    raise NoAuthority(f"{key_file} is missing, but {certificate_file} is there: restore the key")
                key = profiles.new_key()
                files.write_whole(key_file, _key_bytes(key), mode=files.PRIVATE_FILE)
            certificate = _read(certificate_file, x509.load_pem_x509_certificate)
            if certificate is None or certificate.public_key() != key.public_key():
                certificate = profiles.authority_certificate(key, now=now())
                _write_certificate(certificate_file, certificate)
            return cls._opened(directory, profiles.Issuer(certificate, key), now=now)

    @classmethod
    def load(cls, directory: Path, *, now: Callable[[], dt.datetime] = utc_now) -> Authority:
        """The authority in `directory`; raises `NoAuthority` unless it is complete."""
        key = _read_key(directory / "authority.key")
        certificate = _read(directory / "authority.crt", x509.load_pem_x509_certificate)
        if key is None or certificate is None or certificate.public_key() != key.public_key():
            raise NoAuthority(f"{directory} holds no complete certificate authority")
        with files.locked(directory):
            return cls._opened(directory, profiles.Issuer(certificate, key), now=now)

    @classmethod
    def _opened(cls, directory: Path, issuer: profiles.Issuer, *, now: Callable[[], dt.datetime]) -> Authority:
        authority = cls(directory, issuer, now)
        for part in (directory, directory / "clients", directory / "servers", directory / "takeover"):
            files.make_private_directory(part)
        authority._write_crl(authority._revoked())
        return authority

    def issue_client(self, name: str) -> Credentials:
        """The certificate with which terminal `name` (or `central`) logs in; the one it has while it is good."""
        try:
            check_terminal_id(name)
        except WireError as error:
            raise NameNotAllowed(str(error)) from error

        def make(public: EllipticCurvePublicKey) -> x509.Certificate:
            return profiles.client_certificate(name, public, issuer=self._issuer, now=self._now())

        return self._issue("clients", name, make=make, fits=lambda certificate: True)

    def issue_takeover(self, name: str) -> Credentials:
        """A certificate in client `name`'s name that is good for minutes, to push it out of the broker.

        It is kept apart from the client's own, which stays as it is, revoked or not.
        """

        def make(public: EllipticCurvePublicKey) -> x509.Certificate:
            return profiles.client_certificate(
                name, public, issuer=self._issuer, now=self._now(), validity=profiles.TAKEOVER_VALIDITY
            )

        return self._issue("takeover", name, make=make, fits=lambda certificate: False)

    def issue_server(self, name: str = "server", *, hosts: tuple[str, ...] = LOOPBACK) -> Credentials:
        """The certificate of a listener that is reached by `hosts`; `name` only names its files."""
        if not name.replace("-", "").isalnum() or not hosts:
            raise NameNotAllowed(f"{name!r} cannot name a server's files, or there is no host for it")

        def make(public: EllipticCurvePublicKey) -> x509.Certificate:
            return profiles.server_certificate(hosts, public, issuer=self._issuer, now=self._now())

        return self._issue("servers", name, make=make, fits=lambda one: profiles.hosts_of(one) == list(hosts))

    def revoke(self, name: str) -> None:
        """The certificate that client `name` has now is refused once broker and listeners have reloaded.

        A connection that is open stays open: see `backend_bridge.broker.process.Mosquitto.kick`.
        """
        with files.locked(self.directory):
            certificate = _read(self.directory / "clients" / f"{name}.crt", x509.load_pem_x509_certificate)
            if certificate is None:
                raise UnknownCertificate(f"no client certificate was issued to {name!r}")
            revoked = self._revoked()
            if all(one.serial != certificate.serial_number for one in revoked):
                self._write_crl([*revoked, profiles.Revoked(certificate.serial_number, self._now())])

    def _issue(
        self,
        kind: str,
        name: str,
        *,
        make: Callable[[EllipticCurvePublicKey], x509.Certificate],
        fits: Callable[[x509.Certificate], bool],
    ) -> Credentials:
        stem = self.directory / kind / name
        key_file, certificate_file = stem.with_name(f"{name}.key"), stem.with_name(f"{name}.crt")
        with files.locked(self.directory):
            key, certificate = _read_key(key_file), _read(certificate_file, x509.load_pem_x509_certificate)
            if key is None or certificate is None or not self._is_good(certificate, key) or not fits(certificate):
                key = profiles.new_key()
                files.write_whole(key_file, _key_bytes(key), mode=files.PRIVATE_FILE)
                _write_certificate(certificate_file, make(key.public_key()))
        return Credentials(name, self.ca_file, certificate_file, key_file)

    def _is_good(self, certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> bool:
        try:
            certificate.verify_directly_issued_by(self._issuer.certificate)
        except (InvalidSignature, ValueError, TypeError):
            return False
        return (
            certificate.public_key() == key.public_key()
            and certificate.not_valid_after_utc > self._now() + RENEW_BEFORE
            and all(one.serial != certificate.serial_number for one in self._revoked())
        )

    def _revoked(self) -> list[profiles.Revoked]:
        try:
            crl = x509.load_pem_x509_crl(self.crl_file.read_bytes())
        except FileNotFoundError:
            return []
        except ValueError as error:
            # Never taken for an empty list: that would let everyone in again who was shut out.
            raise NoAuthority(f"{self.crl_file} is damaged: restore it from a backup") from error
        return [profiles.Revoked(one.serial_number, one.revocation_date_utc) for one in crl]

    def _write_crl(self, revoked: list[profiles.Revoked]) -> None:
        # Seconds since 1970 rise from list to list, which is all that a list's number must do.
        number = int(self._now().timestamp())
        crl = profiles.revocation_list(revoked, issuer=self._issuer, number=number, now=self._now())
        files.write_whole(self.crl_file, crl.public_bytes(Encoding.PEM), mode=files.PUBLIC_FILE)


def _key_bytes(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    files.write_whole(path, certificate.public_bytes(Encoding.PEM), mode=files.PUBLIC_FILE)


def _read_key(path: Path) -> EllipticCurvePrivateKey | None:
    key = _read(path, lambda data: load_pem_private_key(data, password=None))
    return key if isinstance(key, EllipticCurvePrivateKey) else None


def _read(path: Path, parse: Callable[[bytes], Loaded]) -> Loaded | None:
    """What is in `path`, or None where it is missing or damaged."""
    try:
        return parse(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None

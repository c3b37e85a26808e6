"""What each kind of certificate says: validity, key usage, and who it may be.

Pure construction of certificates and of the revocation list; no files. A client certificate cannot
serve and a server certificate cannot log in, because each has exactly one extended key usage.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: A terminal whose clock is somewhat slow must accept a certificate that was made just now.
CLOCK_SKEW = dt.timedelta(minutes=10)
AUTHORITY_VALIDITY = dt.timedelta(days=3650)
SERVER_VALIDITY = dt.timedelta(days=397)
CLIENT_VALIDITY = dt.timedelta(days=730)
TAKEOVER_VALIDITY = dt.timedelta(minutes=5)
#: OpenSSL refuses everybody once the list is out of date, so it outlives long pauses of a demo.
#: It is written anew at each load.
REVOCATION_LIST_VALIDITY = dt.timedelta(days=400)


@dataclass(frozen=True)
class Issuer:
    """The authority's own certificate and key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


@dataclass(frozen=True)
class Revoked:
    """One entry of the revocation list."""

    serial: int
    at: dt.datetime


def new_key() -> EllipticCurvePrivateKey:
    """A fresh P-256 key."""
    return generate(SECP256R1())


def authority_certificate(key: EllipticCurvePrivateKey, *, now: dt.datetime) -> x509.Certificate:
    """The self-signed certificate of an authority that signs leaves only."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tapbon demo authority")])
    public = key.public_key()
    return (
        _builder(name, public, issuer=name, now=now, validity=AUTHORITY_VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def client_certificate(
    name: str,
    public: EllipticCurvePublicKey,
    *,
    issuer: Issuer,
    now: dt.datetime,
    validity: dt.timedelta = CLIENT_VALIDITY,
) -> x509.Certificate:
    """A certificate with which `name` logs in, and cannot serve."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, public, issuer=issuer.certificate.subject, now=now, validity=validity)
    return _leaf(builder, public, issuer=issuer, purpose=ExtendedKeyUsageOID.CLIENT_AUTH)


def server_certificate(
    hosts: Sequence[str], public: EllipticCurvePublicKey, *, issuer: Issuer, now: dt.datetime
) -> x509.Certificate:
    """A certificate for a listener that is reached by any of `hosts` (names or addresses)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    builder = _builder(subject, public, issuer=issuer.certificate.subject, now=now, validity=SERVER_VALIDITY)
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False
    )
    return _leaf(builder, public, issuer=issuer, purpose=ExtendedKeyUsageOID.SERVER_AUTH)


def revocation_list(
    revoked: Iterable[Revoked], *, issuer: Issuer, number: int, now: dt.datetime
) -> x509.CertificateRevocationList:
    """The signed list of serial numbers that are no longer let in."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - CLOCK_SKEW)
        .next_update(now + REVOCATION_LIST_VALIDITY)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(issuer.key, hashes.SHA256())


def hosts_of(certificate: x509.Certificate) -> list[str]:
    """The names and addresses that a server certificate is for, in its order."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def _builder(
    subject: x509.Name, public: EllipticCurvePublicKey, *, issuer: x509.Name, now: dt.datetime, validity: dt.timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + validity)
    )


def _leaf(
    builder: x509.CertificateBuilder, public: EllipticCurvePublicKey, *, issuer: Issuer, purpose: x509.ObjectIdentifier
) -> x509.Certificate:
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)

"""The certificate authority: what it issues, what it repairs, and what it never gives away."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend_bridge.pki.authority import Authority
from backend_bridge.pki.errors import NameNotAllowed, NoAuthority, UnknownCertificate

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)


def at(moment: dt.datetime, directory: Path) -> Authority:
    return Authority.create(directory, now=lambda: moment)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def revoked_serials(authority: Authority) -> set[int]:
    return {one.serial_number for one in x509.load_pem_x509_crl(authority.crl_file.read_bytes())}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_and_directories_belong_to_their_owner_alone(tmp_path: Path) -> None:
    authority = at(NOW, tmp_path / "pki")
    credentials = authority.issue_client("t1")
    assert mode(credentials.key_file) == mode(tmp_path / "pki" / "authority.key") == 0o600
    assert mode(tmp_path / "pki") == mode(credentials.key_file.parent) == 0o700


def test_a_client_certificate_names_the_terminal_and_cannot_serve(tmp_path: Path) -> None:
    issued = certificate(at(NOW, tmp_path).issue_client("shop-1").certificate_file)
    assert issued.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "shop-1"
    usage = issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert issued.not_valid_before_utc < NOW


def test_a_server_certificate_is_for_its_hosts_and_cannot_log_in(tmp_path: Path) -> None:
    issued = certificate(at(NOW, tmp_path).issue_server().certificate_file)
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in names} == {"localhost", "127.0.0.1", "::1"}
    usage = issued.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize("name", ["", "../ca", "A", "a/b", "a\nb", "x" * 49])
def test_a_name_that_is_no_terminal_id_gets_no_certificate(tmp_path: Path, name: str) -> None:
    with pytest.raises(NameNotAllowed):
        at(NOW, tmp_path).issue_client(name)


def test_creating_and_issuing_again_changes_nothing(tmp_path: Path) -> None:
    before = at(NOW, tmp_path).issue_client("t1").certificate_file.read_bytes()
    assert at(NOW, tmp_path).issue_client("t1").certificate_file.read_bytes() == before
    assert Authority.load(tmp_path, now=lambda: NOW).issue_client("t1").certificate_file.read_bytes() == before


def test_a_certificate_that_ends_soon_is_renewed(tmp_path: Path) -> None:
    before = at(NOW, tmp_path).issue_client("t1").certificate_file.read_bytes()
    later = at(NOW + dt.timedelta(days=720), tmp_path).issue_client("t1").certificate_file.read_bytes()
    assert later != before


@pytest.mark.parametrize("lost", ["authority.crt", "revoked.crl", "clients/t1.crt", "clients/t1.key", "servers"])
def test_a_half_made_directory_is_completed(tmp_path: Path, lost: str) -> None:
    at(NOW, tmp_path).issue_client("t1")
    path = tmp_path / lost
    path.rmdir() if path.is_dir() else path.unlink()
    credentials = at(NOW, tmp_path).issue_client("t1")
    context = ssl.create_default_context(cafile=str(credentials.ca_file))
    context.load_cert_chain(credentials.certificate_file, credentials.key_file)  # key and certificate fit
    at(NOW, tmp_path).issue_server()


def test_a_damaged_pair_is_made_anew(tmp_path: Path) -> None:
    credentials = at(NOW, tmp_path).issue_client("t1")
    credentials.certificate_file.write_bytes(credentials.certificate_file.read_bytes()[:100])
    at(NOW, tmp_path).issue_client("t1")
    assert certificate(credentials.certificate_file).not_valid_after_utc > NOW


def test_a_lost_authority_key_is_never_replaced_silently(tmp_path: Path) -> None:
    at(NOW, tmp_path)
    (tmp_path / "authority.key").unlink()
    with pytest.raises(NoAuthority, match="restore"):
        at(NOW, tmp_path)


def test_loading_an_empty_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoAuthority):
        Authority.load(tmp_path)


def test_revoking_is_remembered_and_a_new_certificate_differs(tmp_path: Path) -> None:
    authority = at(NOW, tmp_path)
    old = certificate(authority.issue_client("t1").certificate_file).serial_number
    authority.revoke("t1")
    authority.revoke("t1")
    assert revoked_serials(authority) == {old}
    again = at(NOW, tmp_path)
    assert revoked_serials(again) == {old}
    assert certificate(again.issue_client("t1").certificate_file).serial_number != old
    assert revoked_serials(again) == {old}


def test_a_damaged_revocation_list_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    authority = at(NOW, tmp_path)
    authority.issue_client("t1")
    authority.revoke("t1")
    authority.crl_file.write_bytes(b"rubbish")
    with pytest.raises(NoAuthority, match="damaged"):
        at(NOW, tmp_path)


def test_revoking_a_stranger_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownCertificate):
        at(NOW, tmp_path).revoke("nobody")

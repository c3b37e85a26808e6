"""Deliveries go to public addresses over https, and to nothing behind our own door."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.api.webhooks.addresses import Refused, address_of, target
from backend_bridge.central.api.webhooks.sending import Sender

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104  (an attack, not a binding)
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
PUBLIC = ["9.9.9.9", "151.101.1.1", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"]
HOST = target("https://hooks.example.org/x", private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_points_inwards_is_refused(address: str) -> None:
    for found in ([address], ["9.9.9.9", address], [address, "9.9.9.9"]):
        with pytest.raises(Refused) as refused:
            address_of(HOST, private=False, resolve=lambda _host, _port, found=found: found)  # type: ignore[misc]
        assert refused.value.rule == "public"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_taken(address: str) -> None:
    assert address_of(HOST, private=False, resolve=lambda _host, _port: [address]) == address


@pytest.mark.parametrize("address", [one for one in PRIVATE if "%" not in one])
def test_a_private_address_written_out_is_refused_at_once(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused):
        target(f"https://{host}/", private=False)


@given(number=st.integers(0, 2**32 - 1))
def test_whatever_is_not_global_is_refused(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    allowed = address.is_global and not address.is_multicast and not address.is_reserved
    for written in (str(address), f"::ffff:{address}"):
        try:
            taken = address_of(HOST, private=False, resolve=lambda _host, _port, one=written: [one])  # type: ignore[misc]
        except Refused:
            taken = None
        assert taken == (written if allowed else None)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.org/", "https"),
        ("ftp://example.org/", "https"),
        ("file:///etc/passwd", "https"),
        ("//example.org/", "https"),
        ("https://", "form"),
        ("https://user@example.org/", "form"),
        ("https://user:secret@example.org/", "form"),
        ("https://example.org/#x", "form"),
        ("https://example.org:0/", "form"),
        ("https://example.org:99999/", "form"),
        ("https://example.org:x/", "form"),
        ("https://[::1/", "form"),
        ("https://exa mple.org/", "form"),
        ("https://example.org/\r\nX: y", "form"),
        ("https://example.org\\@127.0.0.1/", "form"),
        ("https://exämple.org/", "form"),
        ("https://example.org/" + "x" * 500, "form"),
    ],
)
def test_an_address_that_cannot_be_is_refused(url: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        target(url, private=False)
    assert refused.value.rule == rule


@given(url=st.text(max_size=60) | st.text("htps:/@[]%#?.0127", max_size=40).map(lambda rest: "https://" + rest))
def test_any_text_is_an_address_or_refused(url: str) -> None:
    try:
        found = target(url, private=False)
    except Refused:
        return
    assert url.lower().startswith("https://")
    assert found.secure
    assert found.host
    assert 0 < found.port < 65_536


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_a_loopback_in_disguise_is_refused_when_it_is_resolved(host: str) -> None:
    outcome = Sender(patience_s=2).send(f"https://{host}/", b"{}", {})

    assert not outcome.delivered
    assert outcome.result in ("refused: public", "no connection")

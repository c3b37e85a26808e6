"""Signatures of webhooks: what was sent is believed, anything else is not."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.api.webhooks.signing import REPLAY_WINDOW_S, secret_of, shown, signature, verify

ids = st.text("0123456789abcdef", min_size=32, max_size=32)
times = st.integers(10**9, 4 * 10**9)
bodies, secrets = st.binary(max_size=200), st.binary(min_size=32, max_size=32)


@given(event=ids, at=times, body=bodies, secret=secrets, late=st.integers(-REPLAY_WINDOW_S, REPLAY_WINDOW_S))
def test_a_genuine_delivery_is_believed_in_time(event: str, at: int, body: bytes, secret: bytes, late: int) -> None:
    signed = signature(event, at, body, secrets=[secret])

    assert verify(event, at, body, signed, secret=secret, now_s=at + late)


@given(event=ids, at=times, body=bodies, secret=secrets, late=st.integers(REPLAY_WINDOW_S + 1, 10**9))
def test_a_replay_is_refused(event: str, at: int, body: bytes, secret: bytes, late: int) -> None:
    signed = signature(event, at, body, secrets=[secret])

    assert not verify(event, at, body, signed, secret=secret, now_s=at + late)
    assert not verify(event, at + late, body, signed, secret=secret, now_s=at + late)


@given(ids=st.tuples(ids, ids), at=times, bodies=st.tuples(bodies, bodies), secrets=st.tuples(secrets, secrets))
def test_what_was_changed_is_refused(
    ids: tuple[str, str], at: int, bodies: tuple[bytes, bytes], secrets: tuple[bytes, bytes]
) -> None:
    (event, other), (body, changed), (secret, wrong) = ids, bodies, secrets
    signed = signature(event, at, body, secrets=[secret])

    assert (changed == body) == verify(event, at, changed, signed, secret=secret, now_s=at)
    assert (other == event) == verify(other, at, body, signed, secret=secret, now_s=at)
    assert (wrong == secret) == verify(event, at, body, signed, secret=wrong, now_s=at)
    assert not verify(event, at, body, "", secret=secret, now_s=at)
    assert not verify(event, at, body, "v1,ä " + signed[:-2], secret=secret, now_s=at)


@given(event=ids, at=times, body=bodies, old=secrets, new=secrets)
def test_while_secrets_are_exchanged_both_are_believed(
    event: str, at: int, body: bytes, old: bytes, new: bytes
) -> None:
    signed = signature(event, at, body, secrets=[new, old])

    assert verify(event, at, body, signed, secret=old, now_s=at)
    assert verify(event, at, body, signed, secret=new, now_s=at)


def test_it_is_what_standard_webhooks_describes() -> None:
    # Computed here by the words of the specification: msg_id.timestamp.payload, HMAC-SHA256, base64.
    secret = secret_of("w", 1, key=b"k" * 32)
    said = b'msg_1.1700000000.{"a":1}'
    wanted = "v1," + base64.b64encode(hmac.new(secret, said, hashlib.sha256).digest()).decode()

    assert signature("msg_1", 1_700_000_000, b'{"a":1}', secrets=[secret]) == wanted
    assert base64.b64decode(shown(secret).removeprefix("whsec_")) == secret


def test_every_webhook_and_every_number_has_a_secret_of_its_own() -> None:
    made = {secret_of(webhook, number, key=key) for webhook in "ab" for number in (1, 2, 12) for key in (b"x", b"y")}

    assert len(made) == 12

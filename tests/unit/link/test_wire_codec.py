"""The codec against honest, newer, broken and hostile peers."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.errors import SignatureError, WireError
from loyalty.signing import Domain, Signed, SigningKey
from loyalty.wire import codec, messages
from loyalty.wire.messages import VERSION

CENTRAL = SigningKey(bytes(range(32)))
STRANGER = SigningKey(bytes(range(1, 33)))

#: What a plain field may hold. Everything else is made of these, field by field.
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    bytes: st.binary(max_size=80),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    type(None): st.none(),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type allows; a message's version stays."""
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) is tuple:
        return st.lists(any_of(get_args(kind)[0]), max_size=3).map(tuple)
    if get_args(kind):
        return st.one_of([any_of(one) for one in get_args(kind)])
    return st.builds(kind, **{one.name: any_of(one.type) for one in msgspec.structs.fields(kind) if one.name != "v"})


def any_up() -> st.SearchStrategy[messages.UpMessage]:
    return any_of(messages.UpMessage)


def any_down() -> st.SearchStrategy[messages.DownMessage]:
    return any_of(messages.DownMessage)


@given(any_up())
def test_every_message_up_comes_back_as_it_was(message: messages.UpMessage) -> None:
    assert codec.decode_up(codec.encode_up(message)) == message


@given(any_down())
def test_every_message_down_comes_back_as_it_was(message: messages.DownMessage) -> None:
    assert codec.open_down(codec.seal_down(message, CENTRAL), public=CENTRAL.public) == message


@given(any_down(), st.data())
def test_a_truncated_sealed_message_never_opens(message: messages.DownMessage, data: st.DataObject) -> None:
    sealed = codec.seal_down(message, CENTRAL)
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    with pytest.raises((WireError, SignatureError)):
        codec.open_down(cut, public=CENTRAL.public)


@settings(max_examples=150)
@given(any_down(), st.data())
def test_a_flipped_bit_never_changes_what_is_opened(message: messages.DownMessage, data: st.DataObject) -> None:
    sealed = bytearray(codec.seal_down(message, CENTRAL))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    try:
        opened = codec.open_down(bytes(sealed), public=CENTRAL.public)
    except (WireError, SignatureError):
        return
    # A flip in the wrapping may be read the same way (a field's name, say); what was signed is what is opened.
    assert opened == message


@given(st.binary(max_size=2000))
def test_random_bytes_raise_nothing_but_wire_errors(data: bytes) -> None:
    with pytest.raises(WireError):
        codec.decode_up(data)
    with pytest.raises((WireError, SignatureError)):
        codec.open_down(data, public=CENTRAL.public)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(values, st.sampled_from(["journal", "ask", "answer", "grant", "recall", "ack", "rules", "balance"]))
def test_well_formed_nonsense_raises_nothing_but_wire_errors(nonsense: object, tag: str) -> None:
    fields = nonsense if isinstance(nonsense, dict) else {"epoch": nonsense, "entries": nonsense, "want": nonsense}
    data = msgspec.msgpack.encode({**fields, "type": tag})
    with pytest.raises(WireError):
        codec.decode_up(data)
    signed = CENTRAL.sign(Domain.DOWN, data)
    with pytest.raises(WireError):
        codec.open_down(msgspec.msgpack.encode(signed), public=CENTRAL.public)


def test_deep_nesting_is_refused_and_does_not_overflow() -> None:
    for depth in (1_000, 100_000):
        with pytest.raises(WireError):
            codec.decode_up(b"\x91" * depth + b"\xc0")


def test_a_message_beyond_the_limit_is_not_even_decoded() -> None:
    with pytest.raises(WireError, match="at most"):
        codec.decode_up(b"\x00" * (codec.MAX_BYTES + 1))


@given(any_down())
def test_another_key_opens_nothing(message: messages.DownMessage) -> None:
    with pytest.raises(SignatureError):
        codec.open_down(codec.seal_down(message, STRANGER), public=CENTRAL.public)


def test_another_key_that_claims_our_key_id_opens_nothing() -> None:
    payload = msgspec.msgpack.encode(an_ack())
    forged = Signed(payload, CENTRAL.key_id, STRANGER.raw_signature(Domain.DOWN, payload))
    with pytest.raises(SignatureError):
        codec.open_down(msgspec.msgpack.encode(forged), public=CENTRAL.public)


@pytest.mark.parametrize("domain", [domain for domain in Domain if domain is not Domain.DOWN])
def test_a_signature_made_for_another_purpose_opens_nothing(domain: Domain) -> None:
    signed = CENTRAL.sign(domain, msgspec.msgpack.encode(an_ack()))
    with pytest.raises(SignatureError):
        codec.open_down(msgspec.msgpack.encode(signed), public=CENTRAL.public)


@given(st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), values, max_size=4))
def test_unknown_fields_of_a_newer_peer_are_ignored(extra: dict[str, object]) -> None:
    ack = an_ack()
    newer = msgspec.msgpack.encode({**msgspec.to_builtins(ack, builtin_types=(bytes,)), "type": "ack", **extra})
    sealed = msgspec.msgpack.encode(CENTRAL.sign(Domain.DOWN, newer))
    assert codec.open_down(sealed, public=CENTRAL.public) == ack


@pytest.mark.parametrize("version", [0, VERSION + 1, -1])
def test_a_message_of_another_version_is_refused(version: int) -> None:
    with pytest.raises(WireError, match="version"):
        codec.open_down(codec.seal_down(msgspec.structs.replace(an_ack(), v=version), CENTRAL), public=CENTRAL.public)
    with pytest.raises(WireError, match="version"):
        codec.decode_up(codec.encode_up(messages.JournalBatch(v=version, epoch=1, entries=())))


def test_a_message_down_is_no_message_up() -> None:
    with pytest.raises(WireError):
        codec.decode_up(msgspec.msgpack.encode(an_ack()))


def an_ack() -> messages.Ack:
    return messages.Ack(terminal="t1", epoch=1, seq=7, head=b"\x01" * 32, central_ms=1_700_000_000_000)

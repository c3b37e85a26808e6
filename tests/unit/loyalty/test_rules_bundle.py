"""The bundle of rules: the same bytes for the same rules, and nothing but what was announced."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty import rules
from loyalty.cards import card_token
from loyalty.errors import WireError
from tests.unit.loyalty.samples import bundle


def announced(data: bytes) -> rules.RulesBundle:
    return rules.decode(data, sha256=hashlib.sha256(data).hexdigest())


def test_equal_bundles_have_equal_bytes_in_whatever_order_they_were_made() -> None:
    trust = bundle().trust | {"sun": rules.TrustRule(spend_online=True, spend_offline=False)}
    turned = dict(reversed(trust.items()))
    assert rules.encode(bundle(trust=trust)) == rules.encode(bundle(trust=turned))


def test_a_bundle_comes_back_as_it_was_published() -> None:
    assert announced(rules.encode(bundle(minimum=500, keep_points=70))) == bundle(minimum=500, keep_points=70)


def test_other_bytes_than_were_announced_are_refused() -> None:
    data = rules.encode(bundle())
    for sha256 in ("", "0" * 64, hashlib.sha256(data + b"\0").hexdigest()):
        with pytest.raises(WireError):
            rules.decode(data, sha256=sha256)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.integers(0, 400).map(lambda cut: rules.encode(bundle())[:cut]))
def test_hostile_bytes_raise_wire_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(WireError):
        announced(data)


@pytest.mark.parametrize("wrong", [{"timezone": "Europe/Atlantis"}, {"timezone": ""}, {"v": 2}])
def test_rules_by_which_nothing_could_be_judged_here_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(WireError):
        announced(msgspec.msgpack.encode(msgspec.to_builtins(bundle(), builtin_types=(bytes,)) | wrong))


def test_an_unknown_trust_level_may_do_nothing() -> None:
    assert bundle().trust_of("telepathy") == rules.TrustRule(spend_online=False, spend_offline=False)


def test_a_name_falls_back_to_english_and_then_to_any() -> None:
    assert rules.localised({"nl": "Koffie", "en": "Coffee"}, "nl") == "Koffie"
    assert rules.localised({"nl": "Koffie", "en": "Coffee"}, "cs") == "Coffee"
    assert rules.localised({"nl": "Koffie"}, "cs") == "Koffie"
    assert rules.localised({}, "cs") == ""


def test_a_card_is_named_by_a_pseudonym_that_only_the_programme_can_make() -> None:
    uid, key = bytes.fromhex("04a1b2c3d4e5f6"), b"k" * 32
    assert card_token(uid, key) == card_token(uid, key)
    assert len(card_token(uid, key)) == 32
    assert card_token(uid, key) != card_token(uid, b"K" * 32)
    assert card_token(uid, key) != card_token(uid[:-1], key)
    assert uid.hex() not in card_token(uid, key)

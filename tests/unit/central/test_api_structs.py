"""Bodies that are structs of the rules: whatever is sent is one, or a problem that names field and rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.api import structs
from backend_bridge.central.api.problems import ProblemError
from backend_bridge.central.api.sections.receipt_bodies import SaleWanted
from backend_bridge.central.api.sections.voucher_bodies import VouchersWanted

NAMES = [
    *("receipt", "lines", "line", "article", "gross_minor", "who", "customer"),
    *("tenders", "type", "points", "like", "value"),
]
texts = st.text(max_size=8) | st.sampled_from(["points", "cash", "0" * 32, "\u0000"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=5),
    max_leaves=15,
)


def read(body: bytes, kind: Any = SaleWanted) -> Any:
    return structs.read(RequestFactory().post("/", body, content_type="application/json"), kind)


@given(value=values, kind=st.sampled_from([SaleWanted, VouchersWanted]))
def test_any_json_is_a_body_or_a_problem_that_names_the_field(value: Any, kind: Any) -> None:
    found = outcome(json.dumps(value).encode(), kind)
    if isinstance(found, kind):
        return
    assert found.kind == "invalid"
    assert found.errors
    for one in found.errors:
        assert one.field.split(".")[0] == "body"
        assert one.rule
        assert one.message


def outcome(body: bytes, kind: Any) -> Any:
    """The body, or the problem."""
    try:
        return read(body, kind)
    except ProblemError as error:
        return error


@given(body=st.binary(max_size=40))
def test_any_bytes_are_a_body_or_a_problem(body: bytes) -> None:
    with pytest.raises(ProblemError):
        read(body)


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "body.receipt", "missing"),
        ({"receipt": {"receipt": "r", "lines": [{}]}}, "body.receipt.lines.0.line", "missing"),
        ({"receipt": {"receipt": "", "lines": []}}, "body.receipt.receipt", "length"),
        ({"receipt": {"receipt": "r", "lines": []}, "vouchers": [1]}, "body.vouchers.0", "type"),
        ({"receipt": {"receipt": "r", "lines": [], "channel": "moon"}}, "body.receipt.channel", "choice"),
        ({"receipt": {"receipt": "r", "lines": []}, "who": {"customer": "X"}}, "body.who.customer", "pattern"),
        ({"receipt": {"receipt": "r", "lines": []}, "colour": 1}, "body.colour", "extra_forbidden"),
        ([], "body", "type"),
    ],
)
def test_the_field_and_the_rule(body: Any, field: str, rule: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read(json.dumps(body).encode())
    [one] = refused.value.errors or []
    assert (one.field, one.rule) == (field, rule)


def test_what_was_sent_is_not_repeated() -> None:
    body = {"receipt": {"receipt": "r", "lines": []}, "tenders": [{"type": "anna@example.org"}]}
    with pytest.raises(ProblemError) as refused:
        read(json.dumps(body).encode())
    assert "anna" not in str(refused.value.errors)

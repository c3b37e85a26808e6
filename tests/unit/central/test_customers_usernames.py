"""Usernames: plain, unique, and never to be mistaken for one another (B8)."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from backend_bridge.central.customers.errors import Taken
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.customers.services.enrolling import change_username, enrol, free_username
from backend_bridge.central.customers.usernames import RESERVED, generated, skeleton, skeleton_of_column, username_of
from backend_bridge.central.instants import from_ms
from tests.unit.central.lab import NOW_MS, Lab

NAMES = st.from_regex(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])", fullmatch=True)


@given(st.text(max_size=70))
def test_a_username_is_plain_or_refused_and_normal_forms_stay(typed: str) -> None:
    try:
        name = username_of(typed)
    except ValidationError:
        return
    assert name.isascii()
    assert username_of(name) == name


@given(NAMES)
def test_case_width_and_spaces_around_make_no_other_name(name: str) -> None:
    wide = "".join(chr(ord(one) + 0xFEE0) for one in name)
    if skeleton(name) in {skeleton(one) for one in RESERVED}:
        return
    assert {username_of(typed) for typed in (name, name.upper(), wide, f"  {name} ")} == {name}


@pytest.mark.parametrize("typed", ["аnna", "ann\u0430", "anna\u200b", "an na", "-anna", "anna.", "ánna", "ı1", "", "x"])
def test_letters_that_look_like_others_are_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        username_of(typed)


@pytest.mark.parametrize("typed", ["Admin", "ｒｏｏｔ", "adm1n-", "supp0rt", "tapb0n", "0perator"])
def test_reserved_words_are_refused_also_when_they_only_read_like_one(typed: str) -> None:
    with pytest.raises(ValidationError):
        username_of(typed)


@pytest.mark.parametrize(
    ("taken", "alike"), [("jan.smit", "jan-smit"), ("jan.smit", "jan_smit"), ("lola", "1o1a"), ("barn0", "bamo")]
)
def test_b8_a_name_that_can_be_mistaken_for_another_is_taken(lab: Lab, taken: str, alike: str) -> None:
    at = from_ms(NOW_MS)
    told = enrol(company="de-molen", username=taken, by="office:1", at=at)

    with pytest.raises(Taken):
        free_username(alike)
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(username="vera").update(username=alike)
    assert change_username(member=told.member, username=alike) == alike


def test_two_that_want_one_name_at_once_do_not_both_get_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database decides, not the question that was asked before."""
    from backend_bridge.central.customers.services import enrolling

    at = from_ms(NOW_MS)
    enrol(company="de-molen", username="dora", by="office:1", at=at)
    monkeypatch.setattr(enrolling, "free_username", lambda typed, **_but: typed)

    with pytest.raises(Taken):
        enrol(company="de-molen", username="d0ra", by="office:1", at=at)


def test_generated_names_are_usernames() -> None:
    names = {generated() for _time in range(200)}

    assert len(names) == 200
    assert {username_of(name) for name in names} == names
    assert len({skeleton(name) for name in names}) == 200


def test_the_database_and_the_program_have_one_skeleton(lab: Lab) -> None:
    for number, name in enumerate(["rn1", "v0vv.a", "1rn_vv-0", "rrnn", "vvv", "a..b", "10.0_1-l"]):
        Customer.objects.create(id=f"{number:032x}", programme_id="tapbon", username=name, created_at=from_ms(NOW_MS))
    rows = Customer.objects.annotate(skeleton=skeleton_of_column("username"))

    assert all(row.skeleton == skeleton(row.username) for row in rows)

"""A key names one thing for ever: with other content it is refused, also when the answer of then was swept away."""

from __future__ import annotations

from typing import Any

import pytest

from backend_bridge.central.api.models import GivenAnswer
from backend_bridge.central.customers.errors import NotKnown
from backend_bridge.central.customers.services import inviting
from backend_bridge.central.customers.services.giving import Giving, Registered, register_points
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.errors import KeyUsedOtherwise
from tests.unit.central.api_neighbour import neighbour
from tests.unit.central.lab import BREAD, Lab, balance, member
from tests.unit.central.voucher_counter import MOLEN, NOW


def give(of: str, **more: Any) -> Registered:
    told: dict[str, Any] = {"company": MOLEN, "member": of, "pool": BREAD, "points": 50, "reason": "sorry"} | more
    return register_points(Giving(**told), key="k", by="office:1", at=NOW)


def test_b8_the_same_key_gives_nothing_to_somebody_else(lab: Lab) -> None:
    first, before = give(member("anna")), balance("bram")
    with pytest.raises(KeyUsedOtherwise):
        give(member("bram"))
    for more in ({"points": 51}, {"reason": "else"}, {"origin": "goodwill"}):
        with pytest.raises(KeyUsedOtherwise):
            give(member("anna"), **more)
    with pytest.raises(NotKnown):
        give("f" * 32)
    again = give(member("anna"))
    assert (again.repeated, again.lot, balance("bram")) == (True, first.lot, before)


def test_b7_it_is_the_same_person_after_they_have_joined_by_another_account(lab: Lab) -> None:
    contact = inviting.invite(company=MOLEN, contact=Contact(display_name="Else"), by="office:1", at=NOW)
    first = give(contact.member)
    inviting.accept(token=contact.token, account=member("anna"), at=NOW)
    for name in (contact.member, member("anna")):
        assert give(name).lot == first.lot
    with pytest.raises(KeyUsedOtherwise):
        give(member("bram"))


def test_a_swept_key_of_the_api_gives_nothing_to_somebody_else(lab: Lab) -> None:
    caller, before = neighbour(), (balance("anna"), balance("bram"))
    gift = {"pool": BREAD, "points": 50}
    assert caller.post("points/gifts", gift | {"username": "anna"}, key="one").status == 201
    GivenAnswer.objects.all().delete()

    refused = caller.post("points/gifts", gift | {"username": "bram"}, key="one")
    assert (refused.status, refused.problem) == (409, "key-used-otherwise")
    assert caller.post("points/gifts", gift | {"username": "anna"}, key="one").status == 201
    assert (balance("anna"), balance("bram")) == (before[0] + 50, before[1])

"""Company, branches and pools over the API."""

from __future__ import annotations

from tests.unit.central.api_neighbour import HOME, OTHER, neighbour
from tests.unit.central.lab import Lab


def test_v25_a_neighbour_learns_where_it_is(lab: Lab) -> None:
    caller = neighbour(client="booking", channel="webshop", branch="utrecht-centraal", scopes=["organisation:read"])

    assert caller.get("company").body == {
        "id": HOME,
        "name": "Bakkerij De Molen",
        "currency": "EUR",
        "client": "booking",
        "channel": "webshop",
        "branch": "utrecht-centraal",
        "scopes": ["organisation:read"],
    }


def test_p6_only_the_companys_own_branches(lab: Lab) -> None:
    own = {one["id"] for one in neighbour().get("branches").body["items"]}
    others = {one["id"] for one in neighbour(OTHER).get("branches").body["items"]}

    assert own
    assert others
    assert not own & others
    assert neighbour().get("branches/utrecht-centraal").body["timezone"] == "Europe/Amsterdam"


def test_own_pools_and_those_of_the_network(lab: Lab) -> None:
    own = {one["id"]: one["network"] for one in neighbour().get("pools").body["items"]}

    assert own == {"bread-points": False, "network-points": True}
    assert neighbour().get("pools/network-points").body["currency"] == "EUR"

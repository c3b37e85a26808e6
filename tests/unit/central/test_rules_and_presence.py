"""What terminals are told of the rules, and what they tell of themselves."""

from __future__ import annotations

import pytest

from backend_bridge.central.customers.models import Card
from backend_bridge.central.fleet.models import Terminal
from backend_bridge.central.instants import from_ms, to_ms
from backend_bridge.central.organisation.models import Reward
from loyalty import rules
from loyalty.coupon import is_genuine
from loyalty.rules import RulesBundle
from loyalty.wire.messages import RulesAnnounced
from tests.unit.central.lab import BREAD, NETWORK, NOW_MS, Lab, card, incidents, opened

ONLINE = b'{"v":1,"online":true,"boot":"b1","software":"1.2"}'


def announced(lab: Lab, terminal: str) -> RulesAnnounced:
    [sent] = opened(lab.desk.announce(terminal))
    assert (sent.channel, sent.retain) == ("down/rules", True)
    assert isinstance(sent.message, RulesAnnounced)
    return sent.message


def bundle(lab: Lab, terminal: str) -> RulesBundle:
    told = announced(lab, terminal)
    data = lab.desk.rules_bytes(terminal, told.sha256)
    assert data is not None
    assert len(data) == told.size
    return rules.decode(data, sha256=told.sha256)


def test_a_bundle_holds_what_its_branch_judges_by(lab: Lab) -> None:
    told = bundle(lab, "molen-1")

    assert (told.company, told.branch, told.timezone) == ("de-molen", "utrecht-centraal", "Europe/Amsterdam")
    assert [(one.pool, one.minimum_balance) for one in told.pools] == [(BREAD, 0), (NETWORK, 1000)]
    assert [one.reward for one in told.rewards] == ["free-coffee", "loaf", "partner-cocktail", "breakfast-for-two"]
    assert told.blocked_cards == (card("blocked"),)
    assert told.trust_of("uid").spend_offline
    assert (told.keep_points, told.version) == (500, announced(lab, "molen-1").version)


def test_another_companys_bundle_is_careful_and_has_its_own_rewards(lab: Lab) -> None:
    zuid, kaple = bundle(lab, "zuid-1"), bundle(lab, "kaple-1")

    assert [one.pool for one in zuid.pools] == [NETWORK]
    assert [one.pool for one in kaple.pools] == ["kaple-points"]
    assert not zuid.trust_of("uid").spend_online
    assert [key.company_number for key in zuid.coupon_keys] == [1, 2]
    assert [key.company_number for key in kaple.coupon_keys] == [3]


def test_equal_rules_are_equal_bytes_and_one_publication(lab: Lab) -> None:
    assert announced(lab, "molen-1").sha256 == announced(lab, "molen-2").sha256 == announced(lab, "molen-1").sha256


def test_a_terminal_gets_no_other_branchs_bundle(lab: Lab) -> None:
    sha256 = announced(lab, "molen-1").sha256

    assert lab.desk.rules_bytes("zuid-1", sha256) is None
    assert lab.desk.rules_bytes("nobody", sha256) is None
    assert lab.desk.rules_bytes("molen-2", sha256) is not None


def test_a_change_is_announced_to_online_terminals_and_the_old_bundle_stays_fetchable(lab: Lab) -> None:
    lab.send("molen-1", "state", ONLINE)
    old = announced(lab, "molen-1")
    lab.now_ms += 10_000
    assert lab.due() == []

    Reward.objects.filter(pk="loaf").update(points=240)
    Card.objects.filter(pk=card("anna")).update(status="blocked", blocked_at=from_ms(NOW_MS))
    lab.now_ms += 5_000
    [sent] = lab.due()

    assert (sent.terminal, sent.channel, sent.retain) == ("molen-1", "down/rules", True)
    assert isinstance(sent.message, RulesAnnounced)
    assert sent.message.sha256 != old.sha256
    assert card("anna") in bundle(lab, "molen-1").blocked_cards
    assert lab.desk.rules_bytes("molen-1", old.sha256) is not None


def test_the_genuine_demonstration_coupons_are_genuine_by_the_bundle(lab: Lab) -> None:
    from django.conf import settings

    from backend_bridge.central.demo_data import demo_coupons

    keys = bundle(lab, "molen-1").public_keys()
    genuine = {name for name, one in demo_coupons(settings.DATA).items() if is_genuine(one.text, keys)}

    assert genuine == {"welcome-100", "bread-50", "summer-200", "expired-100", "cancelled-25", "used-75"}


def test_a_terminals_state_is_written_down_and_answered(lab: Lab) -> None:
    [rules_told] = lab.send("molen-1", "state", ONLINE)
    row = Terminal.objects.get(pk="molen-1")

    assert rules_told.channel == "down/rules"
    assert (row.online, row.boot_id, row.software) == (True, "b1", "1.2")
    assert row.last_seen is not None
    assert to_ms(row.last_seen) == NOW_MS

    assert lab.send("molen-1", "state", b'{"v":1,"online":false,"boot":"b1","software":"1.2"}') == []
    assert not Terminal.objects.get(pk="molen-1").online


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 100_000,
        b'{"v":1,"online":"yes"}',
        b'{"v":1,"online":true,"boot":"a\\u0000b"}',
        b'{"v":1,"online":true,"boot":"\\ud800"}',
        b'{"v":1,"online":true,"software":"' + b"x" * 65 + b'"}',
        b'{"online":true}',
        b'{"v":1e400,"online":true}',
        b"null",
    ],
)
def test_hostile_json_changes_nothing(lab: Lab, payload: bytes) -> None:
    assert lab.send("molen-1", "state", payload) == []
    assert Terminal.objects.get(pk="molen-1").last_seen is None
    assert incidents() == ["garbled"]


@pytest.mark.parametrize("channel", ["up/telemetry", "up/alarm", "up/result", "reported", "down/grant", "nonsense"])
def test_other_channels_are_left_alone(lab: Lab, channel: str) -> None:
    assert lab.send("molen-1", channel, b"anything") == []
    assert incidents() == []

"""Campaigns in the bundle: what a terminal does not understand in full it leaves out, and nothing else."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import msgspec
import pytest

from loyalty import rules
from loyalty.benefits import PercentOff, PointsPerTurnover
from loyalty.campaigns.campaign import Campaign, Limits
from loyalty.errors import WireError
from loyalty.evaluation.case import CashTender, Sale
from loyalty.evaluation.evaluate import evaluate_sale
from loyalty.evaluation.rules import compile_rules
from loyalty.rules import RulesBundle, Till, ruleset_of
from loyalty.windows import Weekday, Window
from tests.unit.loyalty.evaluation.shop import NOON, line
from tests.unit.loyalty.samples import POOL, bundle

CZECH = Till(currency="CZK", country="CZ")


def campaigns(count: int) -> tuple[Campaign, ...]:
    return tuple(
        Campaign(
            campaign=f"1-campaign-{number}",
            company=bundle().company,
            benefit=PointsPerTurnover(pool=POOL, rate=1000) if number % 2 else PercentOff(rate_bp=500),
            article_groups=("bread", "cakes"),
            articles=tuple(f"article-{one}" for one in range(10)),
            windows=(Window(weekdays=(Weekday.FRIDAY, Weekday.SATURDAY), start="10:00", end="18:00"),),
            customer_groups=("regulars",),
            limits=Limits(uses_per_customer=3),
        )
        for number in range(count)
    )


def with_campaigns(count: int = 3, **more: Any) -> RulesBundle:
    return msgspec.structs.replace(bundle(), campaigns=campaigns(count), **({"till": Till(currency="EUR")} | more))


def received(data: bytes) -> RulesBundle:
    return rules.decode(data, sha256=hashlib.sha256(data).hexdigest())


def test_campaigns_come_back_as_they_were_published() -> None:
    assert received(rules.encode(with_campaigns())) == with_campaigns()


def test_bundles_of_before_campaigns_are_read_and_give_none() -> None:
    old = msgspec.to_builtins(bundle(), builtin_types=(bytes,))
    for name in ("campaigns", "till", "unread_campaigns"):
        del old[name]
    read = received(msgspec.msgpack.encode(old))

    assert (read.campaigns, read.till) == ((), None)
    with pytest.raises(WireError, match="currency"):
        ruleset_of(read)


@pytest.mark.parametrize(
    "newer", [{"weather": "rain"}, {"benefit": {"type": "raffle"}}, {"windows": [{"moon": "full"}]}]
)
def test_a_campaign_of_a_newer_program_is_left_out_and_counted(newer: dict[str, Any]) -> None:
    plain = msgspec.msgpack.decode(rules.encode(with_campaigns()))
    plain["campaigns"][1] |= newer
    read = received(msgspec.msgpack.encode(plain))

    assert [one.campaign for one in read.campaigns] == ["1-campaign-0", "1-campaign-2"]
    assert read.unread_campaigns == 1


def test_d2_a_terminal_judges_by_the_bundle_in_its_branchs_money_and_time() -> None:
    whole = with_campaigns(till=CZECH)
    bread = Campaign(campaign="1-bread", company=whole.company, benefit=PercentOff(rate_bp=1000))
    ready = compile_rules(ruleset_of(msgspec.structs.replace(whole, campaigns=(bread,))))
    receipt = msgspec.structs.replace(_receipt(), lines=(line(1, 5555),))
    judged = evaluate_sale(Sale(at=NOON, receipt=receipt, tenders=(CashTender(),)), ready)

    assert (judged.due_minor, judged.rounding_minor) == (4999, 1)
    assert ready.zone.key == whole.timezone


def test_fifty_campaigns_stay_small_and_are_ready_at_once() -> None:
    data = rules.encode(with_campaigns(50))
    began = time.thread_time()
    compile_rules(ruleset_of(received(data)))

    assert len(data) < 40_000
    assert time.thread_time() - began < 0.5


def _receipt() -> Any:
    from loyalty.receipts.receipt import Receipt

    return Receipt(receipt="r", lines=())

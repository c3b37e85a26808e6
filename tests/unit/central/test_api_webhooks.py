"""Webhooks (V25): what happened is told once it happened, in order, until it arrives."""

from __future__ import annotations

import datetime as dt
import time
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from backend_bridge.central.acting import perform
from backend_bridge.central.api.models import Delivery, OutboxMark, Webhook, WebhookEvent
from backend_bridge.central.api.sections.webhooks import EventType
from backend_bridge.central.api.webhooks import delivering, signing
from backend_bridge.central.api.webhooks.addresses import PRIVATE_VARIABLE
from backend_bridge.central.api.webhooks.events import PING, TYPES
from backend_bridge.central.api.webhooks.housekeeping import KEEP_EVENTS, sweep
from backend_bridge.central.api.webhooks.key import webhook_key
from backend_bridge.central.api.webhooks.outbox import MISSING_FOR, Outbox
from backend_bridge.central.api.webhooks.sending import Sender
from backend_bridge.central.api.webhooks.service import WebhookService
from backend_bridge.central.ledger.models import Cause
from loyalty.acts.points import PointsGiven
from tests.patience import PATIENCE_S, Stopwatch
from tests.unit.central.api_neighbour import HOME, OTHER, Neighbour, neighbour
from tests.unit.central.api_receiver import Got, Receiver, receiver
from tests.unit.central.lab import BREAD, NETWORK, Lab, member


@pytest.fixture
def hook(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that private addresses are allowed for."""
    monkeypatch.setenv(PRIVATE_VARIABLE, "1")
    with receiver() as made:
        yield made


@pytest.fixture
def caller(lab: Lab) -> Neighbour:
    return neighbour()


def register(caller: Neighbour, hook: Receiver) -> str:
    answer = caller.post("webhooks", {"url": hook.url, "events": ["points.changed"]})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def give(caller: Neighbour, points: int, pool: str = BREAD) -> None:
    answer = caller.post("points/gifts", {"customer": member("anna"), "pool": pool, "points": points})
    assert answer.status == 201, answer


class Post:
    """The delivery job with a clock that a test turns."""

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self.at = timezone.now()
        self.outbox = Outbox()
        self.sender = Sender(private=True, patience_s=patience_s)

    def round(self, *, later: dt.timedelta = dt.timedelta()) -> list[str]:
        """Read on and send what is due, until nothing is; the results in order."""
        self.at = max(self.at + later, timezone.now() + dt.timedelta(milliseconds=1))
        self.outbox.read_on(at=self.at)
        results = []
        while due := delivering.due(at=self.at):
            for delivery in due:
                claimed = delivering.claim(delivery, key=webhook_key(), at=self.at)
                assert claimed is not None
                outcome = delivering.send(claimed, self.sender)
                delivering.settle(claimed, outcome, at=self.at)
                results.append(outcome.result)
        return results


def points(got: list[Got]) -> list[int]:
    return [one.json["data"]["points"] for one in got]


def test_v25_what_happened_is_told_in_order_and_signed(caller: Neighbour, hook: Receiver) -> None:
    webhook = register(caller, hook)
    for number in (5, 6, 7):
        give(caller, number)
    assert Post().round() == ["204"] * 3

    assert points(hook.got) == [5, 6, 7]
    assert [one.json["sequence"] for one in hook.got] == [1, 2, 3]
    told = hook.got[0].json
    assert (told["type"], told["company"], hook.got[0].path) == ("points.changed", HOME, "/hook?from=tapbon")
    assert told["data"]["customer"] == member("anna")
    assert told["data"]["entries"][0]["kind"] == "given"
    secret = signing.secret_of(webhook, 1, key=webhook_key())
    assert caller.get(f"webhooks/{webhook}/secret").body["secret"] == signing.shown(secret)
    assert all(genuine(one, secret) for one in hook.got)
    assert len({one.headers["webhook-id"] for one in hook.got}) == 3


def genuine(got: Got, secret: bytes) -> bool:
    sent = int(got.headers["webhook-timestamp"])
    signed = got.headers["webhook-signature"]
    return signing.verify(got.headers["webhook-id"], sent, got.body, signed, secret=secret, now_s=int(time.time()))


def test_v25_receipts_and_vouchers_are_told_too(caller: Neighbour, hook: Receiver) -> None:
    kinds = ["receipt.recorded", "receipt.reversed", "vouchers.changed"]
    assert caller.post("webhooks", {"url": hook.url, "events": kinds}).status == 201
    lines = [{"line": 1, "article": "rye-bread", "group": "bread", "gross_minor": 1000}]
    sale = {"receipt": {"receipt": "r-1", "lines": lines}, "who": {"customer": member("anna")}}
    here = "branches/utrecht-centraal/receipts"
    assert caller.post(here, sale).status == 201
    assert caller.post(f"{here}/r-1/reversals", {}).status == 201
    like = {"company": HOME, "value": {"type": "percent", "rate_bp": 1000}}
    assert caller.post("vouchers", {"like": like, "count": 120}).status == 201
    Post().round()

    assert [one.json["type"] for one in hook.got] == ["receipt.recorded", "receipt.reversed", "vouchers.changed"]
    recorded, _reversed, made = (one.json["data"] for one in hook.got)
    assert (recorded["receipt"], recorded["branch"], recorded["customer"]) == (
        "r-1",
        "utrecht-centraal",
        member("anna"),
    )
    assert (made["what"], made["count"], len(made["vouchers"])) == ("issued", 120, 100)


def test_every_type_of_event_can_be_wanted() -> None:
    assert {*typing.get_args(EventType), PING} == set(TYPES)


def test_what_was_rolled_back_is_not_told(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    with transaction.atomic():
        act = PointsGiven(member=member("anna"), pool=BREAD, points=5, issuer=HOME)
        perform(act, key="rolled-back", company=HOME, by="test", at=timezone.now())
        transaction.set_rollback(True)
    give(caller, 6)
    Post().round()

    assert points(hook.got) == [6]


def test_p6_no_company_is_told_what_happened_at_another(caller: Neighbour, hook: Receiver) -> None:
    with receiver() as others:
        other = neighbour(OTHER)
        register(caller, hook)
        register(other, others)
        give(caller, 5, NETWORK)
        give(other, 6, NETWORK)
        Post().round()

        assert (points(hook.got), points(others.got)) == ([5], [6])


def test_what_fails_is_tried_again_later_and_holds_back_what_comes_after(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    give(caller, 5)
    give(caller, 6)
    hook.answers.extend([500, 503, "cut"])
    post = Post()

    assert post.round() == ["500"]
    assert post.round(later=dt.timedelta(seconds=8)) == []
    assert post.round(later=dt.timedelta(seconds=3)) == ["503"]
    assert post.round(later=dt.timedelta(seconds=21)) == ["no connection"]
    assert post.round(later=dt.timedelta(seconds=41)) == ["204", "204"]
    assert points(hook.got) == [5, 5, 5, 5, 6]
    assert len({one.headers["webhook-id"] for one in hook.got}) == 2


def test_the_waiting_grows_to_six_hours_and_no_further() -> None:
    waits = [delivering.retry_after(attempt) for attempt in range(1, 200)]

    assert waits[:3] == [dt.timedelta(seconds=10), dt.timedelta(seconds=20), dt.timedelta(seconds=40)]
    assert waits == sorted(waits)
    assert waits[-1] == dt.timedelta(hours=6)


def test_after_three_days_a_delivery_is_given_up_and_the_next_one_goes(caller: Neighbour, hook: Receiver) -> None:
    webhook = register(caller, hook)
    give(caller, 5)
    give(caller, 6)
    hook.answers.extend([500] * 50)
    post = Post()
    tries = len(post.round())
    while Delivery.objects.get(sequence=1).state == "waiting":
        tries += len(post.round(later=dt.timedelta(hours=1)))
        assert tries < 50
    hook.answers.clear()
    post.round(later=dt.timedelta(hours=7))

    assert hook.got[-1].json["data"]["points"] == 6
    shown = caller.get(f"webhooks/{webhook}/deliveries").body["items"]
    assert [(one["sequence"], one["state"]) for one in shown] == [(2, "delivered"), (1, "dead")]
    assert shown[1]["last_result"] == "500"
    assert caller.get(f"webhooks/{webhook}/deliveries", state="dead").body["items"] == [shown[1]]


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_receiver_that_hangs_is_left_in_time(caller: Neighbour, hook: Receiver, answer: str) -> None:
    register(caller, hook)
    give(caller, 5)
    hook.answers.append(answer)

    with Stopwatch() as watch:
        assert Post(patience_s=0.5).round() == ["timeout"]
    assert watch.seconds < 10  # the receiver would go on for minutes


def test_redirects_are_not_followed(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    give(caller, 5)
    hook.answers.append("redirect")

    assert Post().round() == ["302"]
    assert len(hook.got) == 1


def test_a_receiver_that_is_gone_is_not_asked_again(caller: Neighbour, hook: Receiver) -> None:
    webhook = register(caller, hook)
    give(caller, 5)
    hook.answers.append(410)
    post = Post()
    post.round()
    give(caller, 6)

    assert post.round(later=dt.timedelta(days=1)) == []
    shown = caller.get(f"webhooks/{webhook}").body
    assert (shown["active"], shown["why_inactive"]) == (False, "gone")


def test_a_private_address_is_refused_unless_the_operator_allows_it(
    caller: Neighbour, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = register(caller, hook)
    give(caller, 5)
    post = Post()
    post.sender = Sender(private=False)
    assert post.round() == ["refused: https"]
    assert hook.got == []

    monkeypatch.delenv(PRIVATE_VARIABLE)
    for url, rule in ((hook.url, "https"), ("https://127.0.0.1/", "public"), ("https://u@example.org/", "form")):
        answer = caller.post("webhooks", {"url": url, "events": ["points.changed"]})
        assert answer.broken == {("body.url", rule)}
        assert caller.send("PATCH", f"webhooks/{webhook}", body={"url": url}).broken == {("body.url", rule)}


def test_a_ping_and_a_redelivery_by_hand(caller: Neighbour, hook: Receiver) -> None:
    webhook = register(caller, hook)
    sent = caller.post(f"webhooks/{webhook}/ping")
    assert (sent.status, sent.body["state"], sent.body["type"]) == (201, "waiting", "ping")
    post = Post()
    post.round()
    again = caller.post(f"webhooks/{webhook}/deliveries/{sent.body['sequence']}/redelivery")
    assert (again.status, again.body["state"]) == (200, "waiting")
    post.round()

    assert [one.json["type"] for one in hook.got] == ["ping", "ping"]
    assert hook.got[0].headers["webhook-id"] == hook.got[1].headers["webhook-id"]


def test_a_delivery_that_nobody_can_take_is_discarded_by_hand(caller: Neighbour, hook: Receiver) -> None:
    webhook = register(caller, hook)
    give(caller, 5)
    give(caller, 6)
    hook.answers.append(400)
    post = Post()
    post.round()
    assert caller.post(f"webhooks/{webhook}/deliveries/1/discard").body["state"] == "discarded"

    assert post.round() == ["204"]
    assert points(hook.got) == [5, 6]
    assert caller.post(f"webhooks/{webhook}/deliveries/2/discard").body["reason"] == "not-waiting"


def test_secrets_are_exchanged_without_missing_a_delivery(caller: Neighbour, hook: Receiver) -> None:
    webhook = register(caller, hook)
    old = signing.secret_of(webhook, 1, key=webhook_key())
    assert caller.post(f"webhooks/{webhook}/secret").status == 201
    new = signing.secret_of(webhook, 2, key=webhook_key())
    give(caller, 5)
    post = Post()
    post.round()
    give(caller, 6)
    Webhook.objects.update(old_secret_until=post.at - dt.timedelta(seconds=1))
    post.round()

    assert [(genuine(one, old), genuine(one, new)) for one in hook.got] == [(True, True), (False, True)]


def test_a_webhook_that_is_off_or_deleted_is_told_nothing(caller: Neighbour, hook: Receiver) -> None:
    first, second = register(caller, hook), register(caller, hook)
    assert caller.send("PATCH", f"webhooks/{first}", body={"active": False}).body["active"] is False
    assert caller.send("DELETE", f"webhooks/{second}").status == 204
    give(caller, 5)

    assert Post().round() == []
    assert caller.get(f"webhooks/{second}").problem == "not-found"


def test_the_ledger_is_read_once_whatever_breaks_in_between(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    before = OutboxMark.objects.get().through
    give(caller, 5)
    Outbox().read_on(at=timezone.now())
    OutboxMark.objects.update(through=before)
    Outbox().read_on(at=timezone.now())

    assert (Delivery.objects.count(), WebhookEvent.objects.count()) == (1, 1)


def test_a_cause_that_is_committed_after_a_later_one_is_told_too(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    at, last = timezone.now(), Cause.objects.order_by("-pk")[0].pk

    def commit(number: int) -> None:
        about = {"company_id": HOME, "by": "test", "at": at, "happened_at": at, "kind": "x"}
        Cause.objects.create(pk=number, key=f"late/{number}", **about)

    outbox = Outbox()
    commit(last + 3)
    assert outbox.read_on(at=at) == 1
    assert OutboxMark.objects.get().through == last
    commit(last + 1)
    assert outbox.read_on(at=at) == 1
    assert OutboxMark.objects.get().through == last + 1
    assert outbox.read_on(at=at + MISSING_FOR) == 0
    assert outbox.read_on(at=at + MISSING_FOR) == 0
    assert OutboxMark.objects.get().through == last + 3


def test_two_jobs_do_not_send_one_delivery_twice(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    give(caller, 5)
    at = timezone.now()
    Outbox().read_on(at=at)
    [first], [second] = delivering.due(at=at), delivering.due(at=at)

    assert delivering.claim(first, key=webhook_key(), at=at) is not None
    assert delivering.claim(second, key=webhook_key(), at=at) is None
    assert delivering.due(at=at + dt.timedelta(seconds=30)) == []
    assert len(delivering.due(at=at + delivering.LEASE)) == 1


def test_what_is_old_is_swept_and_what_waits_is_not(caller: Neighbour, hook: Receiver) -> None:
    register(caller, hook)
    give(caller, 5)
    post = Post()
    post.round()
    give(caller, 6)
    post.outbox.read_on(at=timezone.now())
    sweep(at=timezone.now() + KEEP_EVENTS + dt.timedelta(days=1))

    assert [(one.sequence, one.state) for one in Delivery.objects.all()] == [(2, "waiting")]
    assert WebhookEvent.objects.count() == 1


def test_the_job_tells_by_itself_while_one_receiver_hangs(caller: Neighbour, hook: Receiver) -> None:
    with receiver() as slow:
        register(caller, slow)
        register(caller, hook)
        slow.answers.append("hang")
        service = WebhookService(
            key=webhook_key(), sender=Sender(private=True, patience_s=2 * PATIENCE_S), pause_s=0.02
        )
        service.start()
        try:
            for number in (5, 6):
                give(caller, number)
            give_up = time.monotonic() + PATIENCE_S
            while len(hook.got) < 2 and time.monotonic() < give_up:
                time.sleep(0.02)
        finally:
            slow.released.set()
            service.stop()

    assert points(hook.got) == [5, 6]


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ({"url": "https://example.org/"}, ("body.events", "missing")),
        ({"url": "https://example.org/", "events": []}, ("body.events", "too_short")),
        ({"url": "https://example.org/", "events": ["x"]}, ("body.events.0", "literal_error")),
        ({"url": 5, "events": ["points.changed"]}, ("body.url", "string_type")),
    ],
)
def test_a_webhook_that_cannot_be_names_the_field(caller: Neighbour, body: Any, broken: tuple[str, str]) -> None:
    assert caller.post("webhooks", body).broken == {broken}

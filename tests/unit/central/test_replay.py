"""The books are made anew from the set-up and what happened, and come out the same (done-when of the books)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from backend_bridge.__main__ import main
from backend_bridge.central.acting import perform, table
from backend_bridge.central.acting.handler import Handler
from backend_bridge.central.commands import register_terminal
from backend_bridge.central.errors import CentralError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, giving, points, replay_tables
from backend_bridge.central.ledger.book import Book
from backend_bridge.central.ledger.models import Cause, Debt, Holding, Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.ledger.replay import tables
from backend_bridge.central.ledger.replay_tables import TABLES, Part
from loyalty.acts.points import PointsGiven
from loyalty.entries import CouponNoted, CouponRegistered
from loyalty.rights import LotRight
from tests.unit.central.lab import (
    BREAD,
    NETWORK,
    NOW_MS,
    Lab,
    PaperTerminal,
    coupon_id,
    coupon_wanted,
    member,
    points_wanted,
    returned,
    spent,
    terminal_key,
)
from tests.unit.central.replaying import assert_replays, replay

AT = from_ms(NOW_MS)


def give(name: str, count: int, *, key: str, pool: str = BREAD) -> None:
    """De Molen gives points."""
    act = PointsGiven(member=member(name), pool=pool, points=count, issuer="de-molen")
    perform(act, key=key, company="de-molen", by="test", at=AT)


def history(lab: Lab) -> None:
    """Grants, spends, returns, coupons at home and noted, gifts, and an entry that goes to suspense."""
    molen, zuid = PaperTerminal("molen-1"), PaperTerminal("zuid-1")
    held = lab.grant(molen, points_wanted("anna", 300))
    molen.write(spent(held.lots))
    network = lab.grant(molen, points_wanted("anna", 700, pool=NETWORK))
    molen.write(spent(network.lots))
    back = lab.grant(molen, points_wanted("vera", 120))
    molen.write(returned(back.lots))
    lab.grant(molen, points_wanted("vera", 75))
    coupon = lab.grant(molen, coupon_wanted("bram", coupon_id("bread-50"))).coupon
    assert coupon is not None
    lot = LotRight(lot="lot-of-coupon", member=member("bram"), pool=BREAD, points=coupon.points, issuer=coupon.issuer)
    molen.write(CouponRegistered(coupon=coupon.coupon, lot=lot))
    molen.write(spent(held.lots))  # spent already: suspense
    zuid.write(CouponNoted(coupon=coupon_id("welcome-100"), member=member("anna"), points=100))
    lab.upload(molen)
    lab.upload(zuid)
    for number in range(3):
        give("anna", 10 + number, key=f"gift-{number}")


def post(key: str, *moves: Callable[[Posting], None]) -> None:
    """Post something that is no act."""
    with transaction.atomic():
        book = Book(at=AT)
        with book.cause(key=key, kind="test", company="de-molen", by="test") as posting:
            for move in moves:
                move(posting)
        book.close()


def gifts_are_posted_by(post_given: Callable[[PointsGiven, Posting], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on gifts are posted by another function than they should."""
    handlers = dict(table.handlers())
    handlers[PointsGiven] = Handler(post_given, giving.PointsAre)
    monkeypatch.setattr("backend_bridge.central.acting.performing.handlers", lambda: handlers)


def test_the_books_come_out_the_same_from_nothing(lab: Lab) -> None:
    history(lab)
    done = replay()
    assert done.differences == []
    assert done.causes == Cause.objects.count() > 15
    # Everything that can be done with points was in it.
    assert set(Transfer.objects.values_list("kind", flat=True)) >= {"opening", "granted", "returned", "spent", "coupon"}


def test_the_replay_leaves_the_books_alone(lab: Lab) -> None:
    history(lab)
    before = {model: model._base_manager.count() for model in apps.get_models()}
    replay()
    assert {model: model._base_manager.count() for model in apps.get_models()} == before


def test_a_holding_that_was_changed_is_told(lab: Lab) -> None:
    Holding.objects.filter(lot="opening-anna-0").update(amount=439)
    [told] = replay().differences
    assert told.endswith("amount is 439 in the books, 440 in the replay")
    Holding.objects.filter(lot="opening-anna-0").update(amount=440)


def test_a_movement_without_an_act_is_told(lab: Lab) -> None:
    main = accounts.main(member=member("anna"), pool=BREAD)
    taken = accounts.redeemed(company="de-molen", pool=BREAD)
    post("forged", lambda posting: posting.move(Transfer.Kind.SPENT, main, taken, 40, lot="opening-anna-0"))
    told = replay().differences
    assert "cause forged (test) cannot be applied again: BooksError: it is no act and names no journal entry" in told
    assert "posting forged/0: the books have it, the replay does not" in told


def test_a_debt_that_nothing_explains_is_told(lab: Lab) -> None:
    debt = Debt.objects.create(member_id=member("anna"), unit=BREAD, company_id="de-molen", amount=5)
    assert any("debt" in told and "the books have it" in told for told in replay().differences)
    debt.delete()


def test_an_id_made_by_chance_is_found(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def post_given(act: PointsGiven, posting: Posting) -> giving.PointsAre:
        gift = points.Gift(
            lot=secrets.token_hex(8), member=act.member, pool=act.pool, points=act.points, issuer=act.issuer
        )
        lot = points.give(posting, gift, kind=Transfer.Kind.GIVEN)
        return giving.PointsAre(lot.id, act.points)

    gifts_are_posted_by(post_given, monkeypatch)
    give("anna", 10, key="by-chance")
    told = replay().differences
    assert any(one.startswith("cause by-chance: result is") for one in told)
    assert any(one.startswith("lot ") for one in told)


def test_the_clock_of_the_replay_is_not_used(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def post_given(act: PointsGiven, posting: Posting) -> giving.PointsAre:
        posting.facts = msgspec.structs.replace(posting.facts, happened_at=dt.datetime.now(dt.UTC))
        return giving.post_given(act, posting)

    gifts_are_posted_by(post_given, monkeypatch)
    give("anna", 10, key="by-the-clock")
    assert any("happened_at is" in told for told in replay().differences)


def test_a_terminal_that_was_moved_to_another_company_replays(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    held = lab.grant(molen, points_wanted("anna", 200, pool=NETWORK))
    molen.write(spent(held.lots))
    lab.upload(molen)
    register_terminal(terminal="molen-1", branch="kaple", public=terminal_key("molen-1").public.hex())
    assert_replays()


def test_every_model_says_what_it_is_to_a_replay(lab: Lab) -> None:
    """A model that is added later has to be classified before anything is green again."""
    assert {model._meta.label for model in apps.get_models(include_auto_created=True)} == TABLES.keys()


def test_what_is_copied_points_to_nothing_that_acts_make(lab: Lab) -> None:
    copied = {Part.SET_UP, Part.ENDED}
    for model, about in tables().items():
        for field in model._meta.concrete_fields if about.part in copied else []:
            target = field.related_model
            if isinstance(target, type) and issubclass(target, models.Model):
                part = TABLES[target._meta.label].part
                assert part in copied, f"{model._meta.label}.{field.name} points to {target._meta.label}"


def test_fields_that_are_named_are_there(lab: Lab) -> None:
    for model, about in tables().items():
        fields = {field.name for field in model._meta.get_fields()}
        assert {*about.as_before, *about.without} <= fields, model._meta.label


def test_a_model_without_a_class_stops_the_replay(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {label: about for label, about in TABLES.items() if label != "ledger.Lot"}
    monkeypatch.setattr(replay_tables, "TABLES", fewer)
    monkeypatch.setattr("backend_bridge.central.ledger.replay.TABLES", fewer)
    with pytest.raises(CentralError, match=r"ledger\.Lot"):
        replay()


def test_the_command_says_so_and_ends_with_1(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The migrations have been run once for all tests.
    monkeypatch.setattr("backend_bridge.central.ledger.replay.replay_books", replay)
    command = ["replay-books", "--data", str(settings.DATA)]
    assert main(command) == 0
    assert "come out the same" in capsys.readouterr().out

    Holding.objects.filter(lot="opening-anna-0").update(amount=439)
    assert main(command) == 1
    assert "439 in the books, 440 in the replay" in capsys.readouterr().out
    Holding.objects.filter(lot="opening-anna-0").update(amount=440)

"""Once and never twice (V12), and what a voucher's use is bound to: days, articles, channel, owner (V13-V16)."""

from __future__ import annotations

import pytest

from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.vouchers.services.expiring import expire_vouchers
from tests.unit.central.acceptance.till import CASH, Books, Customer, Till, line, paid, refused
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.api_neighbour import Neighbour, neighbour
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, coupon_wanted
from tests.unit.central.sales_shop import no_campaigns, put_in_group

MULTI = {"purpose": "multi"}
FIVE_OFF = {"type": "amount", "amount_minor": 500}


@pytest.fixture
def shop(lab: Lab) -> Till:
    no_campaigns()
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def test_v12_the_same_request_again_uses_the_voucher_once(shop: Till, books: Books) -> None:
    voucher = shop.voucher({"type": "money", "rest_minor": 2000}, sold=MULTI, price_minor=2000)
    books.news()
    first = shop.send(line(1, 700), vouchers=[voucher], receipt="v-1", key="request-1")
    again = shop.send(line(1, 700), vouchers=[voucher], receipt="v-1", key="request-1")
    anew = shop.send(line(1, 700), vouchers=[voucher], receipt="v-1", key="request-2")

    assert (first.status, again.body) == (201, first.body)
    assert (anew.status, anew.body["repeated"], anew.body["evaluation"]) == (201, True, first.body["evaluation"])
    assert books.news() == ["700 EUR: voucher_multi(de-molen) > sales(de-molen)"]
    assert shop.status(voucher)["on_it_minor"] == 1300


def test_v12_a_key_or_a_receipt_number_stands_for_one_request_only(shop: Till, books: Books) -> None:
    voucher = shop.voucher({"type": "money", "rest_minor": 2000}, sold=MULTI, price_minor=2000)
    shop.send(line(1, 700), vouchers=[voucher], receipt="v-1", key="request-1")
    books.news()
    other = shop.send(line(1, 900), vouchers=[voucher], receipt="v-1", key="request-1")
    same_number = shop.send(line(1, 900), vouchers=[voucher], receipt="v-1", key="request-2")

    assert (other.status, other.problem) == (409, "key-used-otherwise")
    assert (same_number.status, same_number.problem) == (409, "conflict")
    assert books.news() == []
    assert shop.status(voucher)["on_it_minor"] == 1300


def test_v12_a_voucher_that_was_used_is_worth_nothing_on_the_next_receipt(shop: Till, books: Books) -> None:
    voucher = shop.voucher(FIVE_OFF)
    first = shop.sell(line(1, 2000), vouchers=[voucher])
    second = shop.sell(line(1, 2000), vouchers=[voucher])

    assert (first["evaluation"]["discount_minor"], second["evaluation"]["discount_minor"]) == (500, 0)
    assert refused(second["evaluation"], voucher) == "redeemed"
    assert shop.status(voucher)["uses_made"] == 1
    twice = shop.send(line(1, 2000), vouchers=[voucher, voucher])
    assert ("body.vouchers", "once") in twice.broken


def test_v12_a_coupon_whose_home_is_a_terminal_is_redeemed_nowhere_else(
    shop: Till, nora: Customer, lab: Lab, books: Books
) -> None:
    coupon = shop.voucher({"type": "points", "pool": BREAD, "points": 50})
    kiosk = PaperTerminal("molen-1")
    lab.grant(kiosk, coupon_wanted("bram", coupon))  # the kiosk may be offline from now on
    elsewhere = shop.api.post(f"vouchers/{coupon}/registration", {"customer": nora.id})
    changed = shop.api.post(f"vouchers/{coupon}/validity", {"valid_until": "2026-03-01"})

    assert (elsewhere.status, elsewhere.body["reason"]) == (409, "at_terminal")
    assert (changed.status, changed.body["pending_at"]) == (200, "molen-1")
    assert (shop.status(coupon)["at_terminal"], shop.status(coupon)["pending"]) == ("molen-1", 1)
    assert books.news() == []


def test_v13_the_last_day_is_moved_after_issue_both_ways(shop: Till, books: Books, clock: Clock) -> None:
    voucher = shop.voucher(FIVE_OFF, valid_until="2026-03-05")
    clock.turn_to("2026-03-05T23:59:58+01:00")
    assert shop.attempt(line(1, 2000), vouchers=[voucher])["discount_minor"] == 500  # that whole day
    clock.turn_to("2026-03-06T00:00:00+01:00")
    late = shop.attempt(line(1, 2000), vouchers=[voucher])
    assert (late["discount_minor"], refused(late, voucher)) == (0, "no_longer_valid")

    assert shop.api.post(f"vouchers/{voucher}/validity", {"valid_until": "2026-03-31"}).status == 200
    assert shop.attempt(line(1, 2000), vouchers=[voucher])["discount_minor"] == 500
    assert shop.api.post(f"vouchers/{voucher}/validity", {"valid_until": "2026-03-07"}).status == 200
    clock.turn_to("2026-03-08T09:00:00+01:00")
    told = shop.sell(line(1, 2000), vouchers=[voucher])
    assert refused(told["evaluation"], voucher) == "no_longer_valid"
    assert [one["what"] for one in shop.api.get(f"vouchers/{voucher}/history").body["items"]].count("validity") == 2
    assert books.news() == []


def test_v13_one_that_has_expired_comes_back_with_what_was_on_it(shop: Till, books: Books, clock: Clock) -> None:
    like = {"type": "money", "rest_minor": 2000}
    voucher = shop.voucher(like, sold=MULTI, price_minor=2000, valid_until="2026-03-05")
    clock.turn_to("2026-03-10T09:00:00+01:00")
    expire_vouchers(clock.read())
    assert (shop.status(voucher)["state"], shop.status(voucher)["on_it_minor"]) == ("expired", 0)
    books.news()
    days = {"valid_until": "2026-12-31"}
    unasked = shop.api.post(f"vouchers/{voucher}/validity", days)
    revived = shop.api.post(f"vouchers/{voucher}/validity", {**days, "revive": True})

    assert (unasked.status, revived.status) == (409, 200)
    assert books.news() == ["2000 EUR: breakage(de-molen) > voucher_multi(de-molen)"]
    told = shop.sell(line(1, 1500), vouchers=[voucher])
    assert paid(told["evaluation"]) == [("voucher", 1500)]


def test_v14_a_voucher_for_some_articles_pays_for_those_only(shop: Till, books: Books) -> None:
    like = {"type": "money", "rest_minor": 1000}
    voucher = shop.voucher(like, sold=MULTI, price_minor=1000, article_groups=["bread"], articles=["jam"])
    books.news()
    told = shop.sell(
        line(1, 300), line(2, 250, "", article="jam"), line(3, 900, "cakes"), vouchers=[voucher], tenders=[CASH]
    )

    assert paid(told["evaluation"]) == [("voucher", 550), ("cash", 900)]  # the bread and the jam
    assert books.news() == ["550 EUR: voucher_multi(de-molen) > sales(de-molen)"]
    none = shop.sell(line(1, 900, "cakes"), vouchers=[voucher])
    assert refused(none["evaluation"], voucher) == "no_article"
    assert (books.news(), shop.status(voucher)["on_it_minor"]) == ([], 450)


def test_v15_a_voucher_for_the_web_shop_is_refused_at_a_terminal_whatever_the_receipt_says(
    shop: Till, books: Books
) -> None:
    voucher, web = shop.voucher(FIVE_OFF, channels=["webshop"]), Till(channel="webshop")
    here = shop.sell(line(1, 2000), vouchers=[voucher])
    assert refused(here["evaluation"], voucher) == "other_channel"
    pretended = {"receipt": "w-1", "channel": "webshop", "lines": [line(1, 2000)]}
    body = {"receipt": pretended, "vouchers": [voucher], "tenders": [CASH]}
    lie = shop.api.post("branches/utrecht-centraal/receipts", body)
    assert (lie.status, refused(lie.body["evaluation"], voucher)) == (201, "other_channel")

    told = web.sell(line(1, 2000), vouchers=[voucher])
    assert told["evaluation"]["discount_minor"] == 500
    history = shop.api.get(f"vouchers/{voucher}/history").body["items"]
    assert [(one["what"], one["channel"]) for one in history if one["what"] == "used"] == [("used", "webshop")]
    assert books.news() == []


def test_v15_a_voucher_for_terminals_is_refused_in_the_web_shop(shop: Till) -> None:
    voucher = shop.voucher(FIVE_OFF, channels=["terminal"])
    told = Till(channel="webshop").sell(line(1, 2000), vouchers=[voucher])

    assert refused(told["evaluation"], voucher) == "other_channel"
    assert shop.sell(line(1, 2000), vouchers=[voucher])["evaluation"]["discount_minor"] == 500


def test_v15_a_point_coupon_for_the_web_shop_is_registered_there_only(shop: Till, nora: Customer, books: Books) -> None:
    """Registering is the use of a point coupon."""
    coupon = shop.voucher({"type": "points", "pool": BREAD, "points": 50}, channels=["webshop"])
    body = {"customer": nora.id}
    preview = shop.api.send("POST", f"vouchers/{coupon}/registration-preview", body=body).body
    here = shop.api.post(f"vouchers/{coupon}/registration", body)
    assert preview["refusal"]["reason"] == "other_channel"
    assert (here.status, here.body["reason"], books.news()) == (409, "other_channel", [])

    assert Till(channel="webshop").api.post(f"vouchers/{coupon}/registration", body).status == 200
    assert books.news() == ["50 bread-points: company_funding(de-molen) > member_main(nora)"]


def test_v14_v15_a_point_coupon_is_registered_when_and_where_it_holds_and_by_whom_it_is_for(
    shop: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    """Registering is its use: on Mondays until noon, at the station, for who is in the group."""
    terms = {
        "windows": [{"weekdays": ["mon"], "start": "09:00", "end": "12:00"}],
        "branches": ["utrecht-centraal"],
        "customer_groups": ["regulars"],
    }
    fifty = {"type": "points", "pool": BREAD, "points": 50}
    Branch.objects.create(id="noord", company_id=shop.company, name="Noord", timezone="Europe/Amsterdam")
    coupon, body = shop.voucher(fifty, **terms), {"customer": nora.id}
    anywhere = neighbour()

    def why(api: Neighbour, **more: str) -> str:
        """The reason that both the preview and the refusal give, and making one for them in one step."""
        told = body | more
        preview = api.send("POST", f"vouchers/{coupon}/registration-preview", body=told).body
        refused = api.post(f"vouchers/{coupon}/registration", told)
        like = {"company": shop.company, "value": fifty, **terms}
        at_once = api.post("vouchers/registered", {"like": like, **told})
        assert (refused.status, at_once.status, books.news()) == (409, 409, [])
        [reason] = {preview["refusal"]["reason"], refused.body["reason"], at_once.body["reason"]}
        return str(reason)

    assert why(shop.api) == "other_group"
    put_in_group("nora", "regulars")
    assert why(anywhere) == "branch_needed"
    assert why(anywhere, branch="noord") == "other_branch"
    clock.turn_to("2026-03-02T12:00:00+01:00")
    assert why(shop.api) == "outside_window"
    clock.turn_to("2026-03-03T10:00:00+01:00")
    assert why(anywhere, branch="utrecht-centraal") == "outside_window"
    foreign = anywhere.post(f"vouchers/{coupon}/registration", body | {"branch": "zuid"})
    assert ("body.branch", "unknown") in foreign.broken

    clock.turn_to("2026-03-09T11:59:00+01:00")
    told = anywhere.post(f"vouchers/{coupon}/registration", body | {"branch": "utrecht-centraal"})
    assert (told.status, told.body["state"]) == (200, "registered")
    assert books.news() == ["50 bread-points: company_funding(de-molen) > member_main(nora)"]


def test_v16_a_voucher_of_its_owner_works_with_no_other_card_and_cannot_be_passed_on(
    shop: Till, nora: Customer, books: Books
) -> None:
    otto = shop.enrol("otto")
    voucher = shop.voucher({"type": "money", "rest_minor": 1000}, owner=nora.id, owner_bound=True)
    books.news()
    for who, why in ((otto, "other_owner"), (None, "customer_needed")):
        told = shop.sell(line(1, 800), who=who, vouchers=[voucher])
        assert (paid(told["evaluation"]), refused(told["evaluation"], voucher)) == ([("cash", 800)], why)
    passed_on = shop.api.post(f"vouchers/{voucher}/transfer", {"username": "otto"})
    assert (passed_on.status, passed_on.problem) == (409, "conflict")
    assert shop.status(voucher)["owner"] == nora.id
    assert books.news() == []

    told = shop.sell(line(1, 800), who=nora, vouchers=[voucher])
    assert paid(told["evaluation"]) == [("voucher", 800)]
    assert books.news() == ["800 EUR: voucher_given(de-molen) > voucher_funding(de-molen)"]


def test_v16_one_that_is_not_bound_is_passed_on(shop: Till, nora: Customer) -> None:
    otto = shop.enrol("otto")
    voucher = shop.voucher(FIVE_OFF, owner=nora.id)

    assert shop.api.post(f"vouchers/{voucher}/transfer", {"username": "otto"}).status == 200
    assert shop.status(voucher)["owner"] == otto.id
    assert shop.sell(line(1, 2000), who=otto, vouchers=[voucher])["evaluation"]["discount_minor"] == 500

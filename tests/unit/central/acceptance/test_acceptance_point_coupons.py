"""Point coupons: made in batches, printed, registered by customers and by staff, each once (B1-B5)."""

from __future__ import annotations

import pytest

from tests.unit.central.acceptance.till import BAR, ZUID, Books, Customer, Till, done
from tests.unit.central.acceptance.turning_clock import Clock
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, coupon_wanted, member
from tests.unit.central.test_coupons import registered

FIFTY = {"type": "points", "pool": BREAD, "points": 50}
POSTED = "50 bread-points: company_funding(de-molen) > member_main(nora)"


@pytest.fixture
def shop(lab: Lab) -> Till:
    return Till()


@pytest.fixture
def nora(shop: Till) -> Customer:
    return shop.enrol("nora")


def batch(shop: Till, count: int, name: str = "Easter") -> str:
    """The id of a new batch."""
    like = {"company": shop.company, "value": FIFTY}
    made = done(shop.api.post("vouchers", {"like": like, "count": count, "batch": name}), 201)
    assert made["count"] == count
    return str(made["batch"])


def test_b1_point_coupons_are_made_in_batches_with_points_for_each(shop: Till, nora: Customer, books: Books) -> None:
    made = batch(shop, 250)
    [shown] = [one for one in shop.api.get("vouchers/batches").body["items"] if one["batch"] == made]
    assert (shown["name"], shown["size"], shown["states"]) == ("Easter", 250, {"issued": 250})
    assert books.news() == [], "what nobody has registered is nobody's"

    [first, *_] = shop.api.get("vouchers", batch=made, limit=1).body["items"]
    assert first["value"] == FIFTY
    shop.api.post(f"vouchers/{first['voucher']}/registration", {"customer": nora.id})
    [shown] = [one for one in shop.api.get("vouchers/batches").body["items"] if one["batch"] == made]
    assert shown["states"] == {"issued": 249, "registered": 1}
    assert books.news() == [POSTED]


def test_b1_a_batch_that_is_asked_for_again_is_made_once(shop: Till) -> None:
    body = {"like": {"company": shop.company, "value": FIFTY}, "count": 20, "batch": "Easter"}
    first = shop.api.post("vouchers", body, key="batch-1")
    again = shop.api.post("vouchers", body, key="batch-1")

    assert (first.status, again.body) == (201, first.body)
    assert len(shop.api.get("vouchers", batch=first.body["batch"], limit=100).body["items"]) == 20


def test_b2_every_coupon_of_a_batch_has_a_code_to_print_that_reads_as_itself(shop: Till) -> None:
    made = batch(shop, 40)
    codes = shop.api.get(f"vouchers/batches/{made}/codes").body["items"]

    assert len({one["code"] for one in codes}) == len({one["voucher"] for one in codes}) == 40
    for one in codes[::13]:
        read = done(shop.api.send("POST", "vouchers/reading", body={"code": one["code"]}), 200)
        assert (read["voucher"], read["value"], read["state"]) == (one["voucher"], FIFTY, "issued")
    assert Till(BAR, ZUID).api.get(f"vouchers/batches/{made}/codes").status == 404


def test_b3_a_customer_registers_a_coupon_at_the_kiosk_and_it_is_ended(shop: Till, lab: Lab, books: Books) -> None:
    coupon = shop.voucher(FIFTY)
    kiosk = PaperTerminal("molen-1")
    grant = lab.grant(kiosk, coupon_wanted("bram", coupon))
    kiosk.write(registered(grant, kiosk))
    lab.upload(kiosk)

    assert "50 bread-points: company_funding(de-molen) > member_escrow(bram)" in books.news()
    status = shop.status(coupon)
    assert (status["state"], status["owner"]) == ("registered", member("bram"))
    again = shop.api.post(f"vouchers/{coupon}/registration", {"customer": member("bram")})
    assert (again.status, again.problem) == (409, "conflict")
    assert books.news() == []


def test_b3_by_its_code_over_the_api_once_and_not_again_by_somebody_else(
    shop: Till, nora: Customer, books: Books
) -> None:
    """A kiosk of another maker reads the coupon and the card, and nobody of the staff is there."""
    code = done(shop.api.get(f"vouchers/{shop.voucher(FIFTY)}/code"), 200)["code"]
    found = done(shop.api.send("POST", "customers/finding", body={"card": nora.card}), 200)
    read = done(shop.api.send("POST", "vouchers/reading", body={"code": code}), 200)
    path = f"vouchers/{read['voucher']}/registration"
    told = done(shop.api.post(path, {"customer": found["customer"]}), 200)

    assert (told["state"], books.news()) == ("registered", [POSTED])
    for who in (nora, shop.enrol("otto")):
        assert shop.api.post(path, {"customer": who.id}).status == 409
    assert (books.news(), shop.points(nora, BREAD)) == ([], 50)


def test_b4_staff_make_and_register_a_coupon_in_one_step(shop: Till, nora: Customer, books: Books) -> None:
    body = {"like": {"company": shop.company, "value": FIFTY}, "customer": nora.id}
    first = shop.api.post("vouchers/registered", body, key="counter-1")
    again = shop.api.post("vouchers/registered", body, key="counter-1")

    assert (first.status, first.body["state"], again.body) == (201, "registered", first.body)
    assert books.news() == [POSTED]
    assert shop.points(nora, BREAD) == 50
    history = shop.api.get(f"vouchers/{first.body['voucher']}/history").body["items"]
    assert [one["what"] for one in history] == ["issued", "registered"]


def test_b5_staff_find_a_free_coupon_look_and_confirm(shop: Till, nora: Customer, books: Books) -> None:
    made = batch(shop, 3)
    free = shop.api.get("vouchers", state="free", batch=made).body["items"]
    assert [one["state"] for one in free] == ["issued"] * 3
    voucher = free[0]["voucher"]
    preview = done(shop.api.send("POST", f"vouchers/{voucher}/registration-preview", body={"customer": nora.id}), 200)
    assert (preview["points"], preview["refusal"], books.news()) == (50, None, [])

    body = {"customer": nora.id, "seen": preview["seen"]}
    assert shop.api.post(f"vouchers/{voucher}/registration", body).status == 200
    assert books.news() == [POSTED]
    free = shop.api.get("vouchers", state="free", batch=made).body["items"]
    assert voucher not in [one["voucher"] for one in free]
    assert len(free) == 2


def test_b5_what_has_changed_since_it_was_shown_is_not_confirmed(
    shop: Till, nora: Customer, books: Books, clock: Clock
) -> None:
    voucher = shop.voucher(FIFTY)
    preview = shop.api.send("POST", f"vouchers/{voucher}/registration-preview", body={"customer": nora.id}).body
    shop.api.post(f"vouchers/{voucher}/validity", {"valid_until": "2026-03-31"})
    answer = shop.api.post(f"vouchers/{voucher}/registration", {"customer": nora.id, "seen": preview["seen"]})

    assert (answer.status, answer.body["reason"]) == (409, "changed")
    assert (books.news(), shop.status(voucher)["state"]) == ([], "issued")

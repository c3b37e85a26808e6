"""The office's pages of vouchers: found, looked at, made, registered after a look, changed, cancelled."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from backend_bridge.central.vouchers.models import Voucher, VoucherBatch
from backend_bridge.central.vouchers.services import finding, issuing
from loyalty.benefits import MoneyValue, PercentOff
from tests.unit.central.lab import BREAD, Lab, PaperTerminal, balance, coupon_wanted, member
from tests.unit.central.voucher_counter import DAY, MOLEN, TODAY, ZUID, bought, issued, like, points, told, use, who

LIST = "/office/vouchers/voucher/"
BATCHES = "/office/vouchers/voucherbatch/"


@pytest.fixture
def molen(lab: Lab) -> Client:
    """A browser in which the bakery's staff have logged in."""
    cache.clear()
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="molen"))
    return client


def page(client: Client, address: str, told: dict[str, Any] | None = None, *, follow: bool = False) -> str:
    """What a page says; with `told`, after sending its form."""
    key = {"key": "k1"}
    answer = client.get(address) if told is None else client.post(address, {**key, **told}, follow=follow)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def step(voucher: str, what: str) -> str:
    return f"{LIST}{voucher}/do/{what}/"


def test_the_list_shows_what_each_gives_and_is_narrowed_by_state_kind_and_batch(molen: Client) -> None:
    voucher = bought(5000)
    use(voucher, 1250)
    made = issuing.issue_vouchers(like=like(PercentOff(rate_bp=1000)), count=2, batch="flyer", **who())

    everything = page(molen, LIST)
    assert "37.50 EUR left" in everything
    assert "10 % off" in everything
    assert voucher not in page(molen, f"{LIST}?batch__id__exact={made.batch}")
    assert voucher in page(molen, f"{LIST}?state__exact=issued&kind__exact=money")
    assert page(molen, f"{LIST}?q=nothing-like-this")


def test_a_vouchers_page_tells_its_whole_history(molen: Client) -> None:
    voucher = bought(5000, article_groups=("bread",))
    use(voucher, 1250, at=who()["at"])

    shown = page(molen, f"{LIST}{voucher}/change/")

    for words in ("sold", "used", "-12.50 EUR", "article groups: bread", "37.50 EUR left"):
        assert words in shown, words


def test_b5_a_free_coupon_is_registered_after_a_confirmation(molen: Client) -> None:
    voucher, before = issued(points(100)), balance("bram")
    asked = page(molen, step(voucher, "register"), {"username": "bram"})
    assert "100 points are posted to bram" in asked
    assert balance("bram") == before
    seen = re.search(r'name="seen" value="(\w+)"', asked)
    assert seen is not None

    done = page(molen, step(voucher, "register"), {"username": "bram", "seen": seen.group(1)}, follow=True)
    again = page(molen, step(voucher, "register"), {"username": "bram", "seen": seen.group(1)}, follow=True)

    assert "is registered to bram" in done
    assert "is registered to bram" in again  # the form sent twice
    assert balance("bram") == before + 100


def test_b5_v14_a_coupon_for_some_branches_is_registered_at_the_branch_that_is_named(molen: Client) -> None:
    voucher, before = issued(points(100, branches=("utrecht-centraal",))), balance("bram")
    where = {"username": "bram", "branch": "utrecht-centraal"}

    assert "name it" in page(molen, step(voucher, "register"), {"username": "bram"})
    assert "Select a valid choice" in page(molen, step(voucher, "register"), {"username": "bram", "branch": "zuid"})
    asked = page(molen, step(voucher, "register"), where)
    seen = re.search(r'name="seen" value="(\w+)"', asked)
    assert seen is not None
    assert 'name="branch" value="utrecht-centraal"' in asked
    done = page(molen, step(voucher, "register"), {**where, "seen": seen.group(1)}, follow=True)
    assert "is registered to bram" in done
    assert balance("bram") == before + 100


def test_b5_what_cannot_be_registered_says_why(molen: Client) -> None:
    voucher = issued(points(100, valid_until=TODAY - DAY))

    assert "There is no customer of this username." in page(molen, step(voucher, "register"), {"username": "nobody"})
    assert "The last day of this voucher is over." in page(molen, step(voucher, "register"), {"username": "bram"})
    assert told(voucher).state == "issued"


def test_b4_a_coupon_is_made_and_registered_in_one_step(molen: Client) -> None:
    before = balance("anna")
    form = {"kind": "points", "pool": BREAD, "points": 30, "username": "anna"}

    assert "is registered to anna" in page(molen, f"{LIST}new-for/", form, follow=True)
    assert balance("anna") == before + 30


def test_b1_b2_a_batch_is_made_counted_and_printed(molen: Client) -> None:
    form = {"kind": "points", "pool": BREAD, "points": 25, "count": 3, "batch": "Door", "sale": "given"}

    made = page(molen, f"{LIST}new/", form, follow=True)
    batch = VoucherBatch.objects.get(name="Door")
    codes = molen.get(f"{BATCHES}{batch.pk}/codes.csv")

    assert "3 vouchers were made." in made
    assert "Codes for printing" in made
    rows = list(csv.reader(io.StringIO(codes.content.decode())))
    assert rows[0] == ["voucher", "code"]
    for voucher, code in rows[1:]:
        assert finding.voucher_by_code(company=MOLEN, code=code).voucher == voucher
    assert len(rows) == 4
    assert "Door" in page(molen, BATCHES)


def test_a_batch_that_is_not_described_says_what_is_missing(molen: Client) -> None:
    form = {"kind": "money", "count": 3, "batch": "Fair", "sale": "single", "amount": "10.005"}

    assert "no more than 2 decimal places" in page(molen, f"{LIST}new/", form)
    assert "Say the VAT rate" in page(molen, f"{LIST}new/", {**form, "amount": "10.00"})
    assert "Say what each is sold for" in page(molen, f"{LIST}new/", {**form, "amount": "", "vat": "9"})
    assert not VoucherBatch.objects.filter(name="Fair").exists()
    assert "3 vouchers were made." in page(molen, f"{LIST}new/", {**form, "amount": "10.00", "vat": "9"}, follow=True)
    assert {one.vat_rate_bp for one in Voucher.objects.filter(batch__name="Fair")} == {900}


def test_v13_validity_is_changed_and_a_refusal_is_told_in_plain_words(molen: Client) -> None:
    voucher = bought(5000, valid_until=TODAY + 400 * DAY)

    shorter = page(molen, step(voucher, "validity"), {"valid_until": (TODAY + 300 * DAY).isoformat()})
    assert "can only be widened" in shorter or "has not passed" in shorter
    done = page(molen, step(voucher, "validity"), {"valid_until": "2199-12-31"}, follow=True)

    assert "The validity is changed." in done
    assert str(told(voucher).conditions.valid_until) == "2199-12-31"


def test_a_voucher_is_cancelled_once_and_a_coupon_at_a_terminal_waits(molen: Client, lab: Lab) -> None:
    voucher, away = issued(like(MoneyValue(rest_minor=500))), issued(points(100))
    lab.grant(PaperTerminal("molen-1"), coupon_wanted("anna", away))

    done = page(molen, step(voucher, "cancel"), {"left_over": "keep", "reason": "misprint"}, follow=True)
    again = page(molen, step(voucher, "cancel"), {"left_over": "keep", "key": "k2"})
    waits = page(molen, step(away, "cancel"), {"left_over": "keep", "key": "k3"}, follow=True)

    assert "The voucher is cancelled." in done
    assert "Nothing more can be done with it." in again
    assert "Pending at terminal molen-1" in waits
    assert (told(voucher).state, told(away).state) == ("cancelled", "issued")


def test_p6_another_companys_vouchers_are_as_good_as_not_there(molen: Client) -> None:
    foreign = issued(like(PercentOff(rate_bp=1000), company=ZUID))
    made = issuing.issue_vouchers(
        like=like(PercentOff(rate_bp=500), company=ZUID), count=2, batch="theirs", **who(company=ZUID)
    )

    for what in ("cancel", "validity", "register"):
        assert molen.get(step(foreign, what)).status_code == 404
        assert molen.post(step(foreign, what), {"username": "bram", "left_over": "keep"}).status_code == 404
    assert molen.get(f"{BATCHES}{made.batch}/codes.csv").status_code == 404
    assert foreign not in page(molen, LIST)
    assert "theirs" not in page(molen, BATCHES)
    assert Voucher.objects.get(pk=foreign).state == "issued"


def test_v23_daily_figures_are_shown_for_the_own_company_only(molen: Client) -> None:
    bought(5000)

    shown = page(molen, f"{LIST}figures/?first={TODAY}&last={TODAY}")

    assert "1 · 50.00 EUR" in shown
    assert "Cocktailbar" not in shown
    assert "There were no vouchers" in page(molen, f"{LIST}figures/?first=2001-01-01&last=2001-01-01")
    assert "1 to 366 days" in page(molen, f"{LIST}figures/?first={TODAY}&last={TODAY - DAY}")


def test_an_operator_chooses_a_company_before_making_vouchers(lab: Lab) -> None:
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="office"))

    assert client.get(f"{LIST}new/").headers["Location"].startswith("/office/act-for")
    assert client.get(LIST).status_code == 200


def test_without_logging_in_nothing_can_be_done(lab: Lab) -> None:
    voucher = issued(points(100))

    answer = Client(HTTP_HOST="localhost").post(step(voucher, "register"), {"username": "bram"})

    assert answer.status_code == 302
    assert told(voucher).owner != member("bram")

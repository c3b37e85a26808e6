"""Fill a data directory with the demonstration (`demo_catalogue`), and say what lies ready.

Safe to repeat: what is there is kept. Points come as transfers from their company's funding account,
like any others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

import msgspec

from backend_bridge.central import configure, migrate
from backend_bridge.central.data_dir import DataDir, read_secret, write_secret
from backend_bridge.central.demo_campaigns import seed_campaigns
from backend_bridge.central.demo_catalogue import (
    BRANCHES,
    CARDS,
    COMPANIES,
    COUPONS,
    FOREIGN_TEXT,
    ODD_COUPONS,
    POOLS,
    REWARDS,
)
from backend_bridge.central.instants import from_ms
from loyalty import coupon
from loyalty.cards import card_token
from loyalty.coupon import CouponCode
from loyalty.signing import SigningKey

PROGRAMME = "tapbon"
DEMO_FILE = "demo.json"
_ISSUER, _ISSUER_NUMBER, _KEY_NUMBER = "de-molen", 1, 1
_WEEK = dt.timedelta(days=7)


class DemoCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card to lay on the reader; `uid` in hex."""

    uid: str
    family: str
    description: str = ""


class DemoCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """A text to draw as a QR code and hold to the camera."""

    text: str
    description: str = ""


class DemoLists(msgspec.Struct, frozen=True):
    """What `DATA/demo.json` holds, by name."""

    cards: dict[str, DemoCard]
    coupons: dict[str, DemoCoupon]


def demo_cards() -> dict[str, DemoCard]:
    """The cards of the demonstration; `stranger` is not known to the central system."""
    return {name: msgspec.convert(card, DemoCard) for name, card in CARDS.items()}


def demo_coupons(data_dir: Path) -> dict[str, DemoCoupon]:
    """The coupons as `seed_demo` wrote them into `data_dir`."""
    return msgspec.json.decode((data_dir / DEMO_FILE).read_bytes(), type=DemoLists).coupons


def seed_demo(data_dir: Path, *, card_key: bytes, now_ms: int) -> None:
    """Set up `data_dir`, its database and the demonstration in it, as of `now_ms`."""
    configure(data_dir)
    migrate()

    from django.db import transaction

    directory = DataDir(data_dir)
    with transaction.atomic():
        _seed_organisation(directory)
        _seed_cards(card_key, from_ms(now_ms))
        coupons = _seed_coupons(directory, card_key, from_ms(now_ms))
        seed_campaigns(from_ms(now_ms))
        _seed_office(directory)
    lists = DemoLists(demo_cards(), coupons)
    text = json.dumps(msgspec.to_builtins(lists), indent=2, ensure_ascii=False)
    (directory.path / DEMO_FILE).write_text(text + "\n", encoding="utf-8")


def _seed_organisation(directory: DataDir) -> None:
    from backend_bridge.central.organisation.coupon_keys import ensure_coupon_key
    from backend_bridge.central.organisation.models import Branch, Company, Pool, Programme, Reward

    Programme.objects.get_or_create(id=PROGRAMME, defaults={"name": "Tapbon"})
    for company in COMPANIES:
        row, _made = Company.objects.get_or_create(id=company["id"], defaults={**company, "programme_id": PROGRAMME})
        ensure_coupon_key(row, directory)
    for branch in BRANCHES:
        Branch.objects.get_or_create(id=branch["id"], defaults=branch)
    for pool in POOLS:
        Pool.objects.get_or_create(id=pool["id"], defaults={**pool, "programme_id": PROGRAMME})
    for reward in REWARDS:
        Reward.objects.get_or_create(id=reward["id"], defaults=reward)


def _seed_cards(card_key: bytes, now: dt.datetime) -> None:
    from backend_bridge.central.customers.models import Card, Customer

    for name, card in CARDS.items():
        if "opening" not in card:
            continue
        customer, made = Customer.objects.get_or_create(
            id=_pseudonym(name, card_key),
            defaults={
                "programme_id": PROGRAMME,
                "username": "karel" if name == "blocked" else name,
                "display_name": card["display_name"],
                "created_at": now - 20 * _WEEK,
            },
        )
        blocked = name == "blocked"
        Card.objects.get_or_create(
            token=card_token(bytes.fromhex(card["uid"]), card_key),
            defaults={
                "customer": customer,
                "family": card["family"],
                "status": Card.Status.BLOCKED if blocked else Card.Status.ACTIVE,
                "blocked_at": now - dt.timedelta(days=3) if blocked else None,
            },
        )
        if made:
            _open_balances(name, customer.pk, card["opening"], now - 8 * _WEEK)


def _open_balances(name: str, customer: str, opening: list[tuple[str, str, int]], at: dt.datetime) -> None:
    from backend_bridge.central.acting import perform
    from loyalty.acts.points import PointsOpened

    for number, (pool, issuer, points) in enumerate(opening):
        when = at + number * _WEEK
        act = PointsOpened(lot=f"opening-{name}-{number}", member=customer, pool=pool, points=points, issuer=issuer)
        perform(act, key=f"opening/{name}/{number}", company=issuer, by="demo", at=when)


def _seed_coupons(directory: DataDir, card_key: bytes, now: dt.datetime) -> dict[str, DemoCoupon]:
    from backend_bridge.central.vouchers.models import Voucher

    key = directory.coupon_key(company=_ISSUER, number=_KEY_NUMBER)
    texts = {}
    for name in COUPONS:
        voucher = _pseudonym(name, card_key)[:16]
        if not Voucher.objects.filter(pk=voucher).exists():
            _issue_coupon(name, voucher, card_key, now)
        row = Voucher.objects.get(pk=voucher)
        texts[name] = coupon.issue(_code(row), key)
    stranger = SigningKey(hashlib.sha256(b"forger" + card_key).digest())
    forged = msgspec.structs.replace(_code(row), coupon=int(_pseudonym("forged", card_key)[:16], 16), points=5000)
    texts["forged"] = coupon.issue(forged, stranger)
    texts["damaged"] = texts["bread-50"][: len(texts["bread-50"]) // 2]
    texts["foreign"] = FOREIGN_TEXT
    told = {**{name: about["description"] for name, about in COUPONS.items()}, **ODD_COUPONS}
    return {name: DemoCoupon(text=text, description=told[name]) for name, text in texts.items()}


def _issue_coupon(name: str, voucher: str, card_key: bytes, now: dt.datetime) -> None:
    """Issue a coupon two weeks ago; cancel or register a week ago the one whose name says so."""
    from backend_bridge.central.acting import perform
    from loyalty.acts.vouchers import NewVoucher, VoucherCancelled, VoucherRegistered, VouchersIssued
    from loyalty.benefits import PointsValue

    days, points = COUPONS[name]["days"], COUPONS[name]["points"]
    last_day = None if days is None else (now + dt.timedelta(days=days)).date()
    like = NewVoucher(company=_ISSUER, value=PointsValue(pool="bread-points", points=points), valid_until=last_day)
    made = VouchersIssued(vouchers=(voucher,), like=like)
    perform(made, key=f"coupon/{voucher}", company=_ISSUER, by="demo", at=now - 2 * _WEEK)
    ended: VoucherCancelled | VoucherRegistered
    if name.startswith("cancelled"):
        ended = VoucherCancelled(voucher=voucher, minor=0)
    elif name.startswith("used"):
        member = _pseudonym("vera", card_key)
        ended = VoucherRegistered(voucher=voucher, customer=member, today=(now - _WEEK).date())
    else:
        return
    perform(ended, key=f"coupon/{voucher}/ended", company=_ISSUER, by="demo", at=now - _WEEK)


def _seed_office(directory: DataDir) -> None:
    """`office` sees every company, `molen` the bakery; their passwords are files that only their owner reads."""
    from backend_bridge.central.office.staff import add_company_user, add_operator

    for name in ("office", "molen"):
        write_secret(directory.path / f"{name}-password", secrets.token_urlsafe(15).encode())
    add_operator("office", password=read_secret(directory.path / "office-password").decode())
    add_company_user("molen", password=read_secret(directory.path / "molen-password").decode(), company=_ISSUER)


def _code(row: Any) -> CouponCode:
    return CouponCode(
        company=_ISSUER_NUMBER, key=_KEY_NUMBER, coupon=int(row.pk, 16), points=row.points, last_day=row.valid_until
    )


def _pseudonym(name: str, card_key: bytes) -> str:
    return hashlib.blake2b(name.encode(), key=card_key, digest_size=16, person=b"tapbon-demo").hexdigest()

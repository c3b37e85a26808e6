"""Setting an installation up by command: everything once, and a sentence for what cannot be."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from backend_bridge.__main__ import main
from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.office.models import OfficeMembership
from backend_bridge.central.organisation.models import Branch, Company, CouponSigningKey, Pool, Programme
from loyalty.cards import card_token
from tests.unit.central.lab import Lab

UID, OTHER = "04e1f2a3b4c580", "04e1f2a3b4c581"
SHOP = ("create-company", "--id", "shop", "--number", "9", "--name", "The Shop", "--currency", "EUR")
ENROL = ("enrol-customer", "--username", "dora", "--display-name", "Dora")
ISSUE = ("issue-card", "--username", "dora", "--uid", UID, "--family", "ntag213")
REPLACE = ("replace-card", "--old-uid", UID, "--new-uid", OTHER)

Done = tuple[int, str]
Run = Callable[..., Done]


@pytest.fixture
def run(lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the demonstration's directory: its exit status, and everything that it says."""

    def command(name: str, *arguments: str, typed: str = "") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main([name, "--data", str(settings.DATA), *arguments])
        said = capsys.readouterr()
        return status, said.out + said.err

    return command


def directory() -> DataDir:
    return DataDir(settings.DATA)


def token(uid: str) -> str:
    return card_token(bytes.fromhex(uid), directory().cards_key())


def test_an_installation_has_one_programme(run: Run) -> None:
    assert run("create-programme", "--name", "Tapbon") == (0, "the programme 'Tapbon' was there already\n")
    status, said = run("create-programme", "--name", "Another")

    assert (status, Programme.objects.count()) == (1, 1)
    assert "a programme already, 'Tapbon'" in said


def test_a_company_comes_with_its_key_for_coupons_and_keeps_it(run: Run) -> None:
    assert run(*SHOP)[0] == 0
    public = CouponSigningKey.objects.get(company="shop").public
    assert run(*SHOP) == (0, "the company shop, with its key for coupons, was there already\n")

    assert CouponSigningKey.objects.get(company="shop").public == public
    assert directory().coupon_key(company="shop", number=1).public.hex() == public
    assert directory().coupon_key_file(company="shop", number=1).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--number": "10"}, "with number 9"),
        ({"--id": "Shop!"}, "id: 1 to 48 of a-z"),
        ({"--id": "shop-2"}, "already exists"),
        ({"--id": "shop-2", "--number": "0"}, "from 1 to 32767"),
        ({"--id": "shop-2", "--number": "65536"}, "from 1 to 32767"),
        ({"--id": "shop-2", "--number": "10", "--currency": "XXX"}, "currency: "),
        ({"--id": "shop-2", "--number": "10", "--name": " "}, "name: "),
    ],
)
def test_a_company_that_cannot_be_is_refused_whole_with_its_reason(
    run: Run, changed: dict[str, str], says: str
) -> None:
    run(*SHOP)
    arguments = dict(zip(SHOP[1::2], SHOP[2::2], strict=True)) | changed
    status, said = run(SHOP[0], *(part for pair in arguments.items() for part in pair))

    assert (status, Company.objects.count()) == (1, 4)
    assert says in said
    assert CouponSigningKey.objects.count() == 4


def test_branches_and_pools_are_made_once(run: Run) -> None:
    run(*SHOP)
    branch = ("create-branch", "--company", "shop", "--id", "mill", "--name", "Mill", "--timezone", "Europe/Prague")
    own = ("create-pool", "--id", "shop-points", "--name", "Shop points", "--company", "shop")
    shared = ("create-pool", "--id", "koruna", "--name", "Shared", "--network", "CZK", "--minimum", "50")
    for command in (branch, own, shared) * 2:
        assert run(*command)[0] == 0

    assert Branch.objects.get(pk="mill").company_id == "shop"
    assert (Pool.objects.get(pk="shop-points").currency, Pool.objects.get(pk="shop-points").network) == ("EUR", False)
    koruna = Pool.objects.get(pk="koruna")
    assert (koruna.network, koruna.company, koruna.currency, koruna.minimum_balance) == (True, None, "CZK", 50)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("create-branch --company nobody --id b --name B --timezone Europe/Prague", "no company 'nobody'"),
        ("create-branch --company de-molen --id b --name B --timezone Prague", "not an IANA time zone"),
        ("create-branch --company de-molen --id zuid --name Z --timezone Europe/Prague", "already, with company"),
        ("create-pool --id p --name P --company nobody", "no company 'nobody'"),
        ("create-pool --id p --name P --network XXX", "currency: "),
        ("create-pool --id p --name P --network EUR --point-value 0", "1 minor unit or more"),
        ("create-pool --id p --name P --network EUR --minimum -1", "0 or more"),
        ("create-office-user --name ann --company nobody", "no company 'nobody'"),
        ("create-office-user --name MOLEN", "a user 'MOLEN' already"),
        ("create-office-user --name ../ann", "Enter a valid username"),
        ("enrol-customer --username a", "2 to 60"),
        ("enrol-customer --username Ánna", "2 to 60"),
        ("enrol-customer --username ANNA --display-name Other", "'anna' is taken"),
        ("issue-card --username nobody --uid 04e1f2a3b4c580 --family ntag213", "enrol-customer first"),
        ("issue-card --username anna --uid 04e1 --family ntag213", "8, 14 or 20 hex digits"),
        ("issue-card --username anna --uid 08e1f2a3 --family ntag213", "another number at each tap"),
        ("block-card --uid 04e1f2a3b4c580", "this card is not known"),
        ("replace-card --old-uid 04e1f2a3b4c580 --new-uid 04e1f2a3b4c581", "the old card is not known"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(run: Run, command: str, says: str) -> None:
    status, said = run(*command.split())

    assert status == 1
    assert says in said
    assert "04e1f2a3b4c58" not in said


def test_a_made_password_is_a_file_of_its_owner_and_is_never_said(run: Run) -> None:
    file = settings.DATA / "boss-password"
    file.unlink(missing_ok=True)
    status, said = run("create-office-user", "--name", "boss")

    user = User.objects.get(username="boss")
    assert (status, user.is_superuser, file.stat().st_mode & 0o777) == (0, True, 0o600)
    assert user.check_password(file.read_text())
    assert file.read_text() not in said


def test_a_companys_user_sees_that_company_and_the_password_that_was_typed_is_nowhere(run: Run) -> None:
    typed = "three quiet mills"
    status, said = run("create-office-user", "--name", "ann", "--company", "de-molen", "--password-stdin", typed=typed)

    user = User.objects.get(username="ann")
    assert (status, user.is_superuser, user.check_password(typed)) == (0, False, True)
    assert OfficeMembership.objects.get(user=user).company_id == "de-molen"
    assert typed not in said
    assert not (settings.DATA / "ann-password").exists()


def test_a_weak_password_makes_no_user(run: Run) -> None:
    status, said = run("create-office-user", "--name", "ann", "--password-stdin", typed="short\n")

    assert (status, User.objects.filter(username="ann").exists()) == (1, False)
    assert "short" in said  # the reason: "too short"
    assert "at least 12" in said


def test_a_user_who_is_there_keeps_the_password_and_the_rights(run: Run) -> None:
    before = User.objects.get(username="molen").password
    status, _said = run("create-office-user", "--name", "molen", "--password-stdin", typed="three quiet mills")

    after = User.objects.get(username="molen")
    assert (status, after.password, after.is_superuser) == (1, before, False)


def test_a_customer_gets_a_pseudonym_and_is_enrolled_once(run: Run) -> None:
    assert run(*ENROL) == (0, "the customer dora was made\n")
    assert run("enrol-customer", "--username", " Dora ", "--display-name", "Dora")[0] == 0

    dora = Customer.objects.get(username="dora")
    assert len(dora.pk) == 32
    assert "dora" not in dora.pk


def test_a_card_is_kept_as_its_pseudonym_only_and_issued_once(run: Run) -> None:
    run(*ENROL)
    status, said = run(*ISSUE)
    again, refused = run("issue-card", "--username", "anna", "--uid", "04:E1:F2:A3:B4:C5:80", "--family", "other")

    assert (status, said) == (0, f"dora has the card {token(UID)}\n")
    assert again == 1
    assert "issued already" in refused
    assert Card.objects.get(pk=token(UID)).customer.username == "dora"
    assert UID not in str(list(Card.objects.values()))


def test_a_card_number_can_be_typed_so_that_no_shell_remembers_it(run: Run) -> None:
    run(*ENROL)
    assert run("issue-card", "--username", "dora", "--uid", "-", "--family", "ntag213", typed=f"{UID}\n")[0] == 0
    assert run("block-card", "--uid", "-", typed=UID) == (0, "the card is blocked\n")
    assert run("block-card", "--uid", UID) == (0, "the card was blocked already\n")


def test_a_replaced_card_is_blocked_for_good_and_the_account_stays(run: Run) -> None:
    run(*ENROL)
    run(*ISSUE)
    assert run(*REPLACE)[0] == 0
    assert run(*REPLACE) == (0, "this was done already\n")

    old, new = Card.objects.get(pk=token(UID)), Card.objects.get(pk=token(OTHER))
    assert (old.status, old.replaced_by_id, new.status) == ("blocked", new.pk, "active")
    assert old.customer == new.customer
    assert old.family == new.family


def test_a_card_is_not_replaced_twice_and_not_by_a_card_in_use(run: Run) -> None:
    run(*ENROL)
    run(*ISSUE)
    assert run("replace-card", "--old-uid", UID, "--new-uid", UID)[0] == 1
    assert Card.objects.get(pk=token(UID)).status == "active"
    run(*REPLACE)
    status, said = run("replace-card", "--old-uid", UID, "--new-uid", "04e1f2a3b4c582")

    assert status == 1
    assert "replaced already" in said
    assert Card.objects.filter(customer__username="dora").count() == 2


def test_coupons_are_not_signed_with_a_key_that_was_lost_or_exchanged(run: Run) -> None:
    run(*SHOP)
    run("create-pool", "--id", "shop-points", "--name", "Shop points", "--company", "shop")
    issue = ("issue-coupons", "--pool", "shop-points", "--points", "5", "--count", "1")
    file: Path = directory().coupon_key_file(company="shop", number=1)
    genuine = file.read_bytes()
    file.unlink()
    lost = run(*issue)
    assert not file.exists()
    file.write_bytes(bytes(32))
    exchanged = run(*issue)
    file.write_bytes(genuine)

    assert (lost[0], exchanged[0], run(*issue)[0]) == (1, 1, 0)
    assert "is missing" in lost[1]
    assert "not the key that terminals know" in exchanged[1]

"""Makes the programme, its companies with their coupon keys, branches and pools."""

from __future__ import annotations

from django.db import transaction

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.coupon_keys import ensure_coupon_key
from backend_bridge.central.organisation.models import Branch, Company, Pool, Programme
from backend_bridge.central.setting_up.rows import check, make_or_keep, the_company, the_programme

PROGRAMME = "tapbon"


def create_programme(*, name: str) -> bool:
    """Make the installation's one programme; whether it was made just now. Raises `CentralError`."""
    known = Programme.objects.order_by("pk").first()
    if known is None:
        row = Programme(id=PROGRAMME, name=name.strip())
        check(row)
        row.save(force_insert=True)
        return True
    if known.name != name.strip():
        raise CentralError(f"there is a programme already, {known.name!r}; an installation has one")
    return False


def create_company(
    directory: DataDir, *, company: str, number: int, name: str, currency: str, colour: str, languages: list[str]
) -> bool:
    """Make a company with its key for coupons; whether it was made just now. Raises `CentralError`."""
    values = {"number": number, "name": name, "currency": currency, "colour": colour, "languages": languages}
    programme = the_programme()
    with transaction.atomic():
        row, made = make_or_keep(Company, company, programme=programme, **values)
        ensure_coupon_key(row, directory)
    return made


def create_branch(*, company: str, branch: str, name: str, timezone: str) -> bool:
    """Make a branch of a company; whether it was made just now. Raises `CentralError`."""
    row = the_company(company)
    return make_or_keep(Branch, branch, company=row, name=name, timezone=timezone)[1]


def create_pool(
    *, pool: str, name: str, company: str | None, network: str | None, point_value: int, minimum: int
) -> bool:
    """Make `company`'s own pool, or one of the `network` in that currency. Raises `CentralError`."""
    owner = None if company is None else the_company(company)
    if not name.strip():
        raise CentralError("a pool needs a name")
    if point_value < 1:
        raise CentralError("a point is worth 1 minor unit or more")
    if minimum < 0:
        raise CentralError("a minimum balance is 0 or more")
    _row, made = make_or_keep(
        Pool,
        pool,
        programme=the_programme(),
        names={"en": name.strip()},
        network=owner is None,
        company=owner,
        currency=network if owner is None else owner.currency,
        point_value_minor=point_value,
        minimum_balance=minimum,
    )
    return made

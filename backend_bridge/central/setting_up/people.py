"""Makes users of the office, and customers."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.customers.services import inviting
from backend_bridge.central.customers.usernames import username_of
from backend_bridge.central.data_dir import DataDir, read_secret, write_secret
from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.staff import add_company_user, add_operator, let_act_for
from backend_bridge.central.setting_up.rows import check, the_company, the_programme


def create_office_user(directory: DataDir, *, name: str, company: str | None, password: str | None) -> Path | None:
    """Make a user; the file with the password where none was given. An existing user is never touched.

    Without `company` it is an operator. Raises `CentralError`.
    """
    if company is not None:
        the_company(company)
    if User.objects.filter(username__iexact=name).exists():
        raise CentralError(
            f"there is a user {name!r} already; an operator changes passwords in the office, /office/auth/user/"
        )
    try:
        User(username=name).clean_fields(exclude=["password"])
        if password is not None:
            validate_password(password, User(username=name))
    except ValidationError as error:
        raise CentralError(" ".join(error.messages)) from error
    file = None
    if password is None:
        file = directory.path / f"{name}-password"
        write_secret(file, secrets.token_urlsafe(15).encode())
        password = read_secret(file).decode()
    with transaction.atomic():
        if company is None:
            add_operator(name, password=password)
        else:
            add_company_user(name, password=password, company=company)
    return file


def allow_company(*, name: str, company: str) -> bool:
    """Let a company's user act for one more company (B9); whether they could not before. Raises `CentralError`."""
    the_company(company)
    user = User.objects.filter(username__iexact=name).first()
    if user is None:
        raise CentralError(f"there is no user {name!r}: run create-office-user first")
    with transaction.atomic():
        return let_act_for(user, company)


def expire_invitations(*, at: dt.datetime) -> int:
    """Give back what waited for people who did not accept in time; how many invitations that ended."""
    return inviting.expire_invitations(at=at)


def enrol_customer(*, username: str, display_name: str, at: dt.datetime) -> bool:
    """Add a customer; whether it was added just now. Raises `CentralError`."""
    try:
        name = username_of(username)
    except ValidationError as error:
        raise CentralError(f"username: {' '.join(error.messages)}") from error
    shown = display_name.strip() or name
    known = Customer.objects.filter(username=name).first()
    if known is None:
        row = Customer(
            id=secrets.token_hex(16), programme=the_programme(), username=name, display_name=shown, created_at=at
        )
        check(row)
        row.save(force_insert=True)
        return True
    if known.display_name != shown:
        raise CentralError(f"the username {name!r} is taken, by {known.display_name!r}: take another one")
    return False

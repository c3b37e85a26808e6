"""Users of the office: an operator sees everything, a company's user what is that company's."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission, User

from backend_bridge.central.errors import CentralError
from backend_bridge.central.office.models import OfficeMembership

COMPANY_GROUP = "Company office"
#: What a company's user may look at, as (app, model); rows are narrowed down to the company besides.
COMPANY_PAGES = (
    ("conflicts", "conflict"),
    ("customers", "card"),
    ("customers", "customer"),
    ("fleet", "grant"),
    ("fleet", "incident"),
    ("fleet", "journalentry"),
    ("fleet", "terminal"),
    ("ledger", "account"),
    ("ledger", "lot"),
    ("ledger", "redemption"),
    ("ledger", "transfer"),
    ("organisation", "branch"),
    ("organisation", "company"),
    ("organisation", "pool"),
    ("organisation", "reward"),
    ("vouchers", "voucher"),
)


class NotStaff(CentralError, ValueError):
    """This user cannot be bound to a company."""


def add_operator(username: str, *, password: str) -> User:
    """The user of this name, who sees every company; an existing one is left alone."""
    user = User.objects.filter(username=username).first()
    return user or User.objects.create_superuser(username, password=password)


def add_company_user(username: str, *, password: str, company: str) -> User:
    """The user of this name, who may act for `company`; an existing one is left alone."""
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(username, password=password, is_staff=True)
        user.groups.add(_company_group())
        OfficeMembership.objects.create(user=user, company_id=company)
    return user


def let_act_for(user: User, company: str) -> bool:
    """Let a company's user act for one more company (B9); whether they could not before.

    Raises `NotStaff` for an operator: they act for all companies, and would act for this one only.
    """
    if user.is_superuser and not OfficeMembership.objects.filter(user=user).exists():
        raise NotStaff(f"{user.get_username()} is an operator, who acts for every company already")
    user.groups.add(_company_group())
    _row, made = OfficeMembership.objects.get_or_create(user=user, company_id=company)
    return made


def refresh_company_group() -> None:
    """Let the users of companies look at pages that an update has brought."""
    if Group.objects.filter(name=COMPANY_GROUP).exists():
        _company_group()


def _company_group() -> Group:
    group, _made = Group.objects.get_or_create(name=COMPANY_GROUP)
    group.permissions.set(
        permission
        for app, model in COMPANY_PAGES
        for permission in Permission.objects.filter(content_type__app_label=app, codename=f"view_{model}")
    )
    return group

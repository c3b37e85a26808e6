"""A company sorts its customers into groups (C7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Q

from backend_bridge.central.customers.contact import one_line
from backend_bridge.central.customers.errors import BadValue, NotKnown, Taken, named
from backend_bridge.central.customers.knowing import known_to
from backend_bridge.central.customers.models import CustomerGroup, GroupMember
from backend_bridge.central.customers.services.results import GroupTold
from backend_bridge.central.organisation.models import slug

_LARGEST = 10_000


def create(*, company: str, group: str, name: str) -> GroupTold:
    """A new group; `group` is 1 to 48 of a-z, 0-9 and -. Raises `BadValue` and `Taken`."""
    with named("group"):
        slug(group)
    shown = one_line("name", name, 120) or group
    with transaction.atomic():
        _row, made = CustomerGroup.objects.get_or_create(company_id=company, slug=group, defaults={"name": shown})
    if not made:
        raise Taken("group", "unique", "this company has a group of this id")
    return GroupTold(group=group, name=shown, members=0)


def rename(*, company: str, group: str, name: str) -> None:
    """Give a group another name; its id stays. Raises `BadValue` and `NotKnown`."""
    shown = one_line("name", name, 120)
    if not shown:
        raise BadValue("name", "required", "a group has a name")
    row = _the_group(company, group)
    row.name = shown
    row.save(update_fields=["name"])


def groups(*, company: str) -> tuple[GroupTold, ...]:
    """The company's groups by their ids, with how many are in each."""
    there = Count("members", filter=Q(members__customer__merged_into=None))
    rows = CustomerGroup.objects.filter(company=company).annotate(count=there).order_by("slug")
    return tuple(GroupTold(group=row.slug, name=row.name, members=row.count) for row in rows)


def add(*, company: str, group: str, members: Iterable[str], by: str, at: dt.datetime) -> int:
    """Put customers into a group; how many were not in it before.

    Raises `NotKnown` where the company does not know the group or one of them, and adds nobody then.
    """
    row, wanted = _the_group(company, group), _bounded(members)
    with transaction.atomic():
        found = dict(known_to(company).filter(customer__in=wanted).values_list("customer", "pk"))
        if len(found) < len(wanted):
            raise NotKnown("members", "known", "this company does not know all of these customers")
        there = set(GroupMember.objects.filter(group=row).values_list("membership", flat=True))
        new = [pk for pk in found.values() if pk not in there]
        GroupMember.objects.bulk_create(
            [GroupMember(group=row, membership_id=pk, since=at, by=by) for pk in new], ignore_conflicts=True
        )
    return len(new)


def remove(*, company: str, group: str, members: Iterable[str]) -> int:
    """Take customers out of a group; how many were in it. Raises `NotKnown` for an unknown group."""
    row = _the_group(company, group)
    chosen = GroupMember.objects.filter(group=row, membership__customer__in=_bounded(members))
    return chosen.delete()[0]


def groups_of(*, company: str, member: str) -> tuple[str, ...]:
    """The ids of the company's groups in which `member` is: what campaigns are judged by."""
    rows = CustomerGroup.objects.filter(company=company, members__customer=member).order_by("slug")
    return tuple(rows.values_list("slug", flat=True))


def _the_group(company: str, group: str) -> CustomerGroup:
    row = CustomerGroup.objects.filter(company=company, slug=group).first()
    if row is None:
        raise NotKnown("group", "known", "this company has no such group")
    return row


def _bounded(members: Iterable[str]) -> set[str]:
    wanted = set(members)
    if len(wanted) > _LARGEST:
        raise BadValue("members", "too_many", f"{_LARGEST} at once at most")
    return wanted

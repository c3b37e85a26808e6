"""What the database itself holds every voucher to."""

from __future__ import annotations

from django.db.models import BaseConstraint, CheckConstraint, F, Q

_HOMELESS = Q(home_terminal=None, home_epoch=None, home_grant="")
_AT_HOME = Q(home_terminal__isnull=False, home_epoch__isnull=False) & ~Q(home_grant="")
_SOLD = Q(kind__in=["money", "goods", "service"]) & ~Q(face_minor=0)
_ENDED = Q(state__in=["redeemed", "expired", "cancelled"]) | Q(kind="points", state="registered")

CHECKS: list[BaseConstraint] = [
    CheckConstraint(condition=_HOMELESS | _AT_HOME, name="voucher_home_is_whole"),
    CheckConstraint(
        condition=Q(kind="points", pool__isnull=False, points__gt=0) | (~Q(kind="points") & Q(pool=None, points=0)),
        name="only_point_coupons_give_points",
    ),
    CheckConstraint(
        condition=~Q(state="registered") | Q(owner__isnull=False, registered_at__isnull=False),
        name="registered_voucher_says_to_whom",
    ),
    CheckConstraint(
        condition=Q(_ENDED, ended_at__isnull=False) | (~_ENDED & Q(ended_at=None)), name="ended_voucher_says_when"
    ),
    CheckConstraint(condition=Q(purpose="") | _SOLD, name="only_money_goods_and_services_are_sold"),
    CheckConstraint(
        condition=~Q(purpose="single") | Q(vat_rate_bp__isnull=False), name="single_purpose_voucher_has_a_rate"
    ),
    CheckConstraint(condition=Q(uses_left__lte=F("uses_total")), name="voucher_has_no_more_uses_than_given"),
    CheckConstraint(condition=~_ENDED | Q(uses_left=0), name="ended_voucher_has_no_use_left"),
    CheckConstraint(
        condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
        name="voucher_ends_after_it_begins",
    ),
]

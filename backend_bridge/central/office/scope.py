"""Whose rows a user of the office sees now, and for whom they act (B9).

One person may represent several companies. Which one they act for is their choice; the choice is kept
in their session and put on the user object with each request (`acting_for.follow_the_choice`). Without
a choice, somebody with several companies sees nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q

from backend_bridge.central.office.models import OfficeMembership

_CHOICE, _COMPANIES = "_acts_for", "_may_act_for"


class Scope:
    """What a user may see: everything, one company's rows, or nothing."""

    def __init__(self, user: User | AnonymousUser) -> None:
        choice = str(getattr(user, _CHOICE, ""))
        #: The companies that the user represents; an operator represents none of them and all.
        self.companies = _companies(user)
        self.operator = user.is_superuser and not self.companies
        self.company = choice or None if self.operator else self._one_of_mine(choice)
        self.everything = self.operator and self.company is None

    @property
    def must_choose(self) -> bool:
        """Whether nothing can be seen before a company is chosen."""
        return self.company is None and len(self.companies) > 1

    @property
    def may_choose(self) -> bool:
        """Whether there is anything to choose from."""
        return self.operator or len(self.companies) > 1

    def may_act_for(self, company: str) -> bool:
        """Whether the user may choose `company`; the empty one is everything."""
        return self.operator or company in self.companies

    def rows(self, of_company: Callable[[str], Q]) -> Q:
        """The condition on rows, where `of_company` is the condition for one company."""
        if self.everything:
            return Q()
        return Q(pk__in=[]) if self.company is None else of_company(self.company)

    def _one_of_mine(self, choice: str) -> str | None:
        if len(self.companies) == 1:
            return self.companies[0]
        return choice if choice in self.companies else None


def choose(user: User | AnonymousUser, company: str) -> None:
    """From now on this user object acts for `company`, as far as it may."""
    setattr(user, _CHOICE, company)


def _companies(user: User | AnonymousUser) -> tuple[str, ...]:
    """Asked once per user object: a page asks for its scope dozens of times."""
    known: tuple[str, ...] | None = getattr(user, _COMPANIES, None)
    if known is None:
        rows = OfficeMembership.objects.filter(user=user.pk).order_by("company__name", "company")
        known = tuple(rows.values_list("company", flat=True))
        setattr(user, _COMPANIES, known)
    return known

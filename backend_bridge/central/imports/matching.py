"""Who a row is: somebody new, or somebody whom the company knows. Asked for many rows at once.

By the company's customer number first, then by a username it knows, then by an e-mail address that only one
of its customers has. A username that is taken elsewhere in the programme is refused, and nothing is said of
whose it is (P6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from backend_bridge.central.customers.knowing import known_to
from backend_bridge.central.customers.models import Customer
from backend_bridge.central.customers.usernames import skeleton, skeleton_of_column
from backend_bridge.central.imports.checking import Checked
from backend_bridge.central.imports.findings import Finding, error, warning

AnyItem = TypeVar("AnyItem")


class Seen:
    """What the lines before this one of the same file have said."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.usernames: dict[str, int] = {}
        self.emails: dict[str, int] = {}

    def look(self, line: int, row: Checked) -> list[Finding]:
        """Findings about `row` and the lines before it; an address may be shared, a number and a name may not."""
        found = []
        for column, value, seen in (
            ("number", row.number, self.numbers),
            ("username", skeleton(row.username), self.usernames),
        ):
            first = seen.setdefault(value, line) if value else line
            if first != line:
                found.append(error(column, "twice", value, f"line {first} has it too"))
        email = row.contact.email
        first = self.emails.setdefault(email, line) if email else line
        if first != line:
            found.append(warning("email", "twice", email, f"line {first} has it too: two customers of one address"))
        return found


class Known(msgspec.Struct):
    """What the company knows already of the people in some rows."""

    by_number: dict[str, str]
    by_username: dict[str, str]
    by_email: dict[str, list[str]]
    taken: set[str]

    def match(self, row: Checked) -> tuple[str, list[Finding]]:
        """The customer that `row` is, empty for a new one, and what there is to say about it."""
        member = self.by_number.get(row.number, "")
        found: list[Finding] = []
        if member:
            found.append(warning("number", "known", row.number, "a customer of this number is known: completed"))
        named = self.by_username.get(row.username, "")
        if named and member and named != member:
            return "", [error("username", "conflict", row.username, "number and username are of two customers")]
        if named and not member:
            member = named
            found.append(warning("username", "known", row.username, "a customer of this name is known: completed"))
        if row.username and not named and skeleton(row.username) in self.taken:
            found.append(error("username", "taken", row.username, "taken, or to be mistaken for one that is"))
        if not member and not row.number:
            member = self._by_email(row, found)
        return member, found

    def _by_email(self, row: Checked, found: list[Finding]) -> str:
        same = self.by_email.get(row.contact.email, []) if row.contact.email else []
        if len(same) > 1:
            found.append(error("email", "ambiguous", row.contact.email, "several customers have this address"))
        if len(same) != 1:
            return ""
        found.append(warning("email", "known", row.contact.email, "a customer of this address is known: completed"))
        return same[0]


def known(company: str, rows: Sequence[Checked]) -> Known:
    """What `company` knows of the people in `rows`."""
    told = Known({}, {}, defaultdict(list), set())
    memberships = known_to(company)
    for numbers in _slices({row.number for row in rows if row.number}):
        told.by_number.update(memberships.filter(number__in=numbers).values_list("number", "customer"))
    for names in _slices({row.username for row in rows if row.username}):
        found = memberships.filter(customer__username__in=names)
        told.by_username.update(found.values_list("customer__username", "customer"))
    for emails in _slices({row.contact.email for row in rows if row.contact.email}):
        for email, customer in memberships.filter(email__in=emails).values_list("email", "customer"):
            told.by_email[email].append(customer)
    everybody = Customer.objects.annotate(skeleton=skeleton_of_column("username"))
    for names in _slices({skeleton(row.username) for row in rows if row.username}):
        told.taken.update(everybody.filter(skeleton__in=names).values_list("skeleton", flat=True))
    return told


def _slices(values: Iterable[AnyItem], size: int = 500) -> Iterator[list[AnyItem]]:
    ordered = list(values)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]

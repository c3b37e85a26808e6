"""One row by itself: what it says, tidied, and what is wrong with it.

What names a person or moves points has to be right; what is only good to know is left out with a warning
where it cannot be: old address books are full of it.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import msgspec
from django.core.exceptions import ValidationError

from backend_bridge.central.customers.contact import one_line, tidy
from backend_bridge.central.customers.errors import BadValue
from backend_bridge.central.customers.services.results import Contact
from backend_bridge.central.customers.usernames import username_of
from backend_bridge.central.imports.columns import CONSENTS
from backend_bridge.central.imports.findings import Finding, error, warning
from backend_bridge.central.imports.reading import Line
from backend_bridge.central.instants import to_ms

_YES = frozenset({"1", "yes", "y", "true", "x", "ja", "j", "ano", "a"})
_NO = frozenset({"", "0", "no", "n", "false", "nein", "nee", "nej", "ne"})
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[.-]\s?(\d{1,2})[.-]\s?(\d{4})")
_CONTACT = ("email", "phone", "street", "postcode", "city", "country", "language")
_MOST_POINTS = 10**12
#: A point of a thousands separator, as in 1.250 or 1 250; anything else is no number.
_NUMBER = re.compile(r"\d{1,15}|\d{1,3}(?:[ .,'\u00a0]\d{3})+")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What rows are judged by: the company's pools, groups and wall clock, and today."""

    pools: frozenset[str]
    pool: str
    groups: frozenset[str]
    timezone: str
    at: dt.datetime


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was understood, as far as it can be. Instants are Unix milliseconds."""

    number: str = ""
    username: str = ""
    contact: Contact = Contact()
    groups: tuple[str, ...] = ()
    points: int = 0
    pool: str = ""
    origin: str = "earned"
    issued_ms: int | None = None
    expires_ms: int | None = None
    #: Channel and whether it was given; what the file does not say is not recorded.
    consents: dict[str, bool] = {}
    consent_ms: int | None = None


def check(line: Line, terms: Terms) -> tuple[Checked, list[Finding]]:
    """What `line` says, and everything that is wrong with it."""
    found: list[Finding] = []
    if not line.complete:
        found.append(error("", "fields", "", "this line has another number of values than there are headings"))
    told = line.values
    contact = _contact(told, terms, found)
    number = _text("number", told, 64, found)
    username = _username(told, found)
    if not (number or username or contact.display_name or contact.email or contact.phone):
        found.append(error("", "nobody", "", "nothing says who this is: number, username, name, e-mail or phone"))
    points, pool = _points(told, terms, found)
    issued, expires = _days(told, points, terms, found)
    checked = Checked(
        number=number,
        username=username,
        contact=contact,
        groups=_groups(told, terms, found),
        points=points,
        pool=pool if points else "",
        origin=_origin(told, found),
        issued_ms=issued,
        expires_ms=expires,
        consents=_consents(told, contact, found),
        consent_ms=_day("consent_since", told, terms, found, past=True),
    )
    return checked, found


def _contact(told: dict[str, str], terms: Terms, found: list[Finding]) -> Contact:
    today = terms.at.date()
    contact = Contact(display_name=_text("name", told, 120, found))
    values = {field: told[field] for field in _CONTACT if told.get(field)}
    try:
        contact = tidy(msgspec.structs.replace(contact, **values), today=today)
    except BadValue:
        for field, value in values.items():
            try:
                contact = tidy(msgspec.structs.replace(contact, **{field: value}), today=today)
            except BadValue as refused:
                found.append(warning(field, refused.rule, value, f"left out: {refused}"))
    birthday = told.get("birthday", "")
    if birthday:
        day = _date(birthday)
        try:
            contact = tidy(msgspec.structs.replace(contact, birthday=day), today=today)
        except BadValue:
            day = None
        if day is None:
            found.append(warning("birthday", "date", birthday, "left out: no day that can be a birthday"))
    return contact


def _text(column: str, told: dict[str, str], longest: int, found: list[Finding]) -> str:
    value = told.get(column, "")
    try:
        return one_line(column, value, longest)
    except BadValue as refused:
        found.append(error(column, refused.rule, value, str(refused)))
        return ""


def _username(told: dict[str, str], found: list[Finding]) -> str:
    value = told.get("username", "")
    if not value:
        return ""
    try:
        return username_of(value)
    except ValidationError as refused:
        found.append(error("username", "format", value, " ".join(refused.messages)))
        return ""


def _points(told: dict[str, str], terms: Terms, found: list[Finding]) -> tuple[int, str]:
    value = told.get("points", "")
    if value and not _NUMBER.fullmatch(value):
        found.append(error("points", "number", value, "whole points, not negative"))
        return 0, ""
    points = int(re.sub(r"\D", "", value) or 0)
    if points > _MOST_POINTS:
        found.append(error("points", "range", value, f"{_MOST_POINTS} points at most"))
        return 0, ""
    if not value.isdecimal() and value:
        found.append(warning("points", "separators", value, f"read as {points}"))
    pool = told.get("pool", "") or terms.pool
    if points and not pool:
        found.append(error("pool", "required", "", "say which points: the company has no pool or several of its own"))
    elif points and pool not in terms.pools:
        found.append(error("pool", "accepted", pool, "this company gives no points of this pool"))
    return points, pool


def _origin(told: dict[str, str], found: list[Finding]) -> str:
    value = told.get("points_origin", "").lower() or "earned"
    if value not in ("earned", "goodwill"):
        found.append(error("points_origin", "choice", value, "earned or goodwill; purchased points are topped up"))
    return value


def _days(told: dict[str, str], points: int, terms: Terms, found: list[Finding]) -> tuple[int | None, int | None]:
    issued = _day("points_issued", told, terms, found, past=True)
    expires = _day("points_expire", told, terms, found, end=True)
    if points and expires is not None and expires <= to_ms(terms.at):
        found.append(error("points_expire", "expired", told["points_expire"], "these points have expired"))
    if issued is not None and expires is not None and expires <= issued:
        found.append(error("points_expire", "order", told["points_expire"], "they expire before they were given"))
    return issued, expires


def _day(
    column: str, told: dict[str, str], terms: Terms, found: list[Finding], *, past: bool = False, end: bool = False
) -> int | None:
    """A day's beginning on the company's wall clock, or with `end` the instant at which it is over."""
    value = told.get(column, "")
    if not value:
        return None
    day = _date(value)
    if day is None or not 1970 <= day.year <= 2200:
        found.append(error(column, "date", value, "a day as 2026-03-31 or 31.3.2026"))
        return None
    instant = dt.datetime.combine(day + dt.timedelta(days=end), dt.time(), ZoneInfo(terms.timezone))
    if past and instant > terms.at:
        found.append(error(column, "future", value, "this day is still to come"))
        return None
    return to_ms(instant)


def _date(value: str) -> dt.date | None:
    try:
        if match := _ISO.fullmatch(value):
            year, month, day = (int(one) for one in match.groups())
            return dt.date(year, month, day)
        if match := _DAY_FIRST.fullmatch(value):
            day, month, year = (int(one) for one in match.groups())
            return dt.date(year, month, day)
    except ValueError:
        pass
    return None


def _groups(told: dict[str, str], terms: Terms, found: list[Finding]) -> tuple[str, ...]:
    wanted = [one.strip().lower() for one in re.split(r"[|,]", told.get("groups", "")) if one.strip()]
    for one in wanted:
        if one not in terms.groups:
            found.append(warning("groups", "known", one, "left out: this company has no group of this id"))
    return tuple(dict.fromkeys(one for one in wanted if one in terms.groups))


def _consents(told: dict[str, str], contact: Contact, found: list[Finding]) -> dict[str, bool]:
    said = {}
    reach = {"email": contact.email, "sms": contact.phone, "phone": contact.phone, "post": contact.street}
    for column, channel in CONSENTS.items():
        value = told.get(column, "").lower()
        if value not in _YES | _NO:
            found.append(error(column, "yes_or_no", value, "yes or no"))
        elif value in _YES:
            said[channel] = True
            if not reach[channel]:
                found.append(warning(column, "unreachable", value, "a consent, and nothing to reach the person by"))
        elif value:
            said[channel] = False
    return said

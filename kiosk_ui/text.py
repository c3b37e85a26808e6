"""Words, numbers, money and times in a customer's language. Decides how they read, not what is said.

Translations are read from the `.po` files when they are first wanted; English is the source.
"""

from __future__ import annotations

import gettext
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, localcontext
from functools import lru_cache
from importlib import resources
from io import BytesIO
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import Translations

from loyalty.errors import UnitMismatch
from loyalty.units import Money

SOURCE = "en"
DOMAIN = "kiosk"
#: Which country's way of writing numbers and dates a language stands for here.
LOCALES = {"en": "en_GB", "cs": "cs_CZ", "de": "de_DE", "da": "da_DK", "nl": "nl_NL"}

#: Babel rounds in the current decimal context, whose usual 28 digits raise for absurd numbers.
MOST_DIGITS = 100
#: The instants that a date can be made of, with a day to spare for the time zone.
_EARLIEST_MS = 0
_LATEST_MS = 253_402_128_000_000


def mark(message: str) -> str:
    """Marks a message for translation where it is not yet known in which language."""
    return message


@lru_cache(maxsize=1)
def translated() -> tuple[str, ...]:
    """The languages that the screen speaks, the source first."""
    found = (
        folder.name
        for folder in (resources.files("kiosk_ui") / "translations").iterdir()
        if (folder / "LC_MESSAGES" / f"{DOMAIN}.po").is_file()
    )
    return (SOURCE, *sorted(found))


@lru_cache(maxsize=8)
def catalogue(language: str) -> gettext.NullTranslations:
    """The messages of one language; those of the source are the messages themselves."""
    if language == SOURCE or language not in translated():
        return gettext.NullTranslations()
    path = resources.files("kiosk_ui") / "translations" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def language_name(language: str) -> str:
    """A language's name in itself: "Čeština"."""
    name = Locale.parse(language).get_language_name(language) or language
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=16)
def zone(name: str) -> tzinfo:
    """A time zone by its IANA name; UTC for a name that there is not, so that a time is still shown."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC


class Texts:
    """One language in one branch's time zone."""

    def __init__(self, language: str, *, timezone: str = "UTC") -> None:
        self.language = language if language in translated() else SOURCE
        self._catalogue = catalogue(self.language)
        self._locale = Locale.parse(LOCALES.get(self.language, self.language))
        self._zone = zone(timezone)

    def gettext(self, message: str, **values: str) -> str:
        """A message, with its `{placeholders}` filled in."""
        return self._catalogue.gettext(message).format(**values)

    def ngettext(self, one: str, many: str, count: int, **values: str) -> str:
        """A message in the plural form for `count`, which is its `{count}`."""
        message = self._catalogue.ngettext(one, many, abs(count))
        return message.format(count=self.number(count), **values)

    def number(self, count: int) -> str:
        """A whole number with separators."""
        with localcontext(prec=MOST_DIGITS):
            return format_decimal(count, locale=self._locale)

    def points(self, count: int) -> str:
        """Points with their unit, which stay in one line."""
        return self.ngettext("{count} point", "{count} points", count).replace(" ", "\u00a0")

    def money(self, money: Money) -> str:
        """An amount with its currency; nothing for a currency whose decimals are not known."""
        try:
            amount = Decimal(f"{money.minor}E-{money.exponent}")
        except UnitMismatch:
            return ""
        with localcontext(prec=MOST_DIGITS):
            return format_currency(amount, money.currency, locale=self._locale).replace(" ", "\u00a0")

    def time(self, at_ms: int) -> str:
        """The time of day on the branch's wall clock."""
        return format_time(self._moment(at_ms), "short", tzinfo=self._zone, locale=self._locale)

    def date(self, at_ms: int) -> str:
        """The day on the branch's calendar."""
        return format_date(self._moment(at_ms).date(), "medium", locale=self._locale).replace(" ", "\u00a0")

    def same_day(self, at_ms: int, other_ms: int) -> bool:
        """Whether both are on one day on the branch's calendar."""
        return self._moment(at_ms).date() == self._moment(other_ms).date()

    def _moment(self, at_ms: int) -> datetime:
        within = min(max(at_ms, _EARLIEST_MS), _LATEST_MS)
        return datetime.fromtimestamp(within / 1000, UTC).astimezone(self._zone)

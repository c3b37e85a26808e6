"""Contact data as it is kept: tidied, bounded, and checked field by field."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from backend_bridge.central.customers.errors import BadValue
from backend_bridge.central.customers.services.results import Contact

_LENGTHS = {"display_name": 120, "street": 120, "postcode": 16, "city": 80}
_PHONE = re.compile(r"\+?[0-9]{5,15}")
_PHONE_SEPARATORS = str.maketrans("", "", " -./()\u00a0")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_OLDEST = 130


def tidy(contact: Contact, *, today: dt.date) -> Contact:
    """`contact` as it is kept; raises `BadValue` for the first field that cannot be."""
    return Contact(
        **{field: one_line(field, getattr(contact, field), longest) for field, longest in _LENGTHS.items()},
        email=tidy_email(contact.email),
        phone=tidy_phone(contact.phone),
        country=_matching("country", contact.country.strip().upper(), _COUNTRY, "two letters, such as NL"),
        language=_matching("language", contact.language.strip(), _LANGUAGE, "a language code, such as nl or pt-BR"),
        birthday=_birthday(contact.birthday, today=today),
    )


def tidy_email(typed: str) -> str:
    """In small letters: two spellings of one address are one. Raises `BadValue`."""
    email = typed.strip().lower()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        raise BadValue("email", "format", "this is not an e-mail address") from None
    if len(email) > 254:
        raise BadValue("email", "too_long", "an e-mail address has 254 characters at most")
    return email


def tidy_phone(typed: str) -> str:
    """Digits, perhaps after a +; `00` at the beginning becomes one. Raises `BadValue`."""
    phone = typed.strip().translate(_PHONE_SEPARATORS)
    if phone.startswith("00"):
        phone = "+" + phone[2:]
    return _matching("phone", phone, _PHONE, "5 to 15 digits, perhaps after a +")


def one_line(field: str, text: str, longest: int) -> str:
    """`text` in its normal form (NFC) without spaces at its ends; raises `BadValue` for what is longer than
    `longest`, and for line breaks and control characters."""
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > longest:
        raise BadValue(field, "too_long", f"{longest} characters at most")
    if any(unicodedata.category(one) in ("Cc", "Zl", "Zp", "Cs") for one in text):
        raise BadValue(field, "format", "one line of text, without control characters")
    return text


def _matching(field: str, text: str, pattern: re.Pattern[str], rule: str) -> str:
    if text and not pattern.fullmatch(text):
        raise BadValue(field, "format", rule)
    return text


def _birthday(birthday: dt.date | None, *, today: dt.date) -> dt.date | None:
    if birthday is not None and (birthday > today or birthday.year < today.year - _OLDEST):
        raise BadValue("birthday", "range", f"a day in the last {_OLDEST} years")
    return birthday

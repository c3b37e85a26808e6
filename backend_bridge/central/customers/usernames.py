"""What a username is: unique in the programme, and never to be mistaken for another one (B8).

A username is read out and typed at counters. So only plain letters and digits are taken, and names
that read alike count as one: `skeleton` is what two such names have in common.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from django.core.exceptions import ValidationError
from django.db.models import F, Func, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext_lazy as _

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])")
#: What reads alike, in this order; the database's index applies the same (`skeleton_of_column`).
_ALIKE = ((".", "-"), ("_", "-"), ("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"))
#: Names that would pass for the programme itself, or for nobody.
RESERVED = frozenset(
    {
        "admin",
        "administrator",
        "anonymous",
        "api",
        "cashier",
        "central",
        "customer",
        "deleted",
        "guest",
        "help",
        "info",
        "kiosk",
        "me",
        "nobody",
        "none",
        "null",
        "office",
        "operator",
        "root",
        "security",
        "staff",
        "superuser",
        "support",
        "system",
        "tapbon",
        "terminal",
        "test",
        "undefined",
        "unknown",
        "user",
    }
)
#: What generated names are made of: no two of these read alike.
_PLAIN = "abcdefghjkpqrstuxyz23456789"


def username_of(typed: str) -> str:
    """The username in what somebody typed, in small letters; raises `ValidationError`.

    Wide and ligature forms become plain ones (NFKC); letters outside a-z are refused, because some
    of them look like others.
    """
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not _USERNAME.fullmatch(name):
        raise ValidationError(
            _("A username has 2 to 60 of the letters a-z, digits and . _ - (none of these at an end).")
        )
    if skeleton(name) in _RESERVED_SKELETONS:
        raise ValidationError(_("This username is reserved. Choose another one."))
    return name


def skeleton(name: str) -> str:
    """What `name` has in common with every username that could be mistaken for it."""
    for looks, like in _ALIKE:
        name = name.replace(looks, like)
    return name


def skeleton_of_column(column: str) -> Func:
    """The same as an expression of the database, for its unique index."""
    (looks, like), *others = _ALIKE
    expression: Func = Replace(F(column), Value(looks), Value(like))
    for looks, like in others:
        expression = Replace(expression, Value(looks), Value(like))
    return expression


def generated() -> str:
    """A username for somebody who chose none: twelve characters, each of 27, after `c-`."""
    return "c-" + "".join(secrets.choice(_PLAIN) for _place in range(12))


_RESERVED_SKELETONS = frozenset(skeleton(name) for name in RESERVED)

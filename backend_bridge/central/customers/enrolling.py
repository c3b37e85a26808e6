"""What a username is: unique in the programme, and never to be mistaken for another one."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,58}[a-z0-9])")


def username_of(typed: str) -> str:
    """The username in what somebody typed, in small letters; raises `ValidationError`.

    Only plain letters: a username is read out and typed at counters, and letters that look alike
    would make two names out of one.
    """
    name = typed.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise ValidationError(
            _("A username has 2 to 60 of the letters a-z, digits and . _ - (none of these at an end).")
        )
    return name

"""Guessing passwords is slow: after a few wrong ones for a user name, one try a minute.

Counted by user name, known or not, in this process: a proxy stands before the office, so that an address
says little, and a lock for good would let anybody lock anybody out.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm

#: So many wrong passwords are free.
FREE_FAILURES = 5
#: After them, each wrong one costs this long.
WAIT_S = 60
#: How long failures are remembered.
MEMORY_S = 900


class PatientLogin(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """The office's login form."""

    def clean(self) -> dict[str, Any]:
        """Judge user name and password, unless this user name has to wait."""
        name = str(self.cleaned_data.get("username") or "").strip().lower()
        key = "login-" + hashlib.sha256(name.encode()).hexdigest()
        if cache.get(f"{key}-waits"):
            raise ValidationError(_("Too many wrong passwords. Please wait a minute and try again."), code="waits")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            failures = cache.get(key, 0) + 1
            cache.set(key, failures, MEMORY_S)
            if failures >= FREE_FAILURES:
                cache.set(f"{key}-waits", True, WAIT_S)
            raise
        cache.delete(key)
        return cleaned

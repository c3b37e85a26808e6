"""Making, reading and revoking API keys.

A key is `tapbon_<id>_<secret>`. The secret has 256 random bits; its SHA-256 is kept. There is nothing to
guess, so that a slow hash would only slow down the caller (ADR 0015).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets

import msgspec

from backend_bridge.central.api.models import ApiKey
from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.models import Branch
from backend_bridge.central.setting_up.rows import check, the_company

_FORM = re.compile(r"tapbon_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODY = hashlib.sha256(b"").hexdigest()
#: `last_used_at` is to the minute, so that reading does not write each time.
_USED_EVERY = dt.timedelta(minutes=1)


class NewKey(msgspec.Struct, frozen=True):
    """A key that was just made. `token` is shown once: nobody can read it again."""

    row: ApiKey
    token: str

    def __repr__(self) -> str:
        return f"NewKey({self.row.pk})"


def create(
    *,
    company: str,
    client: str,
    scopes: list[str],
    at: dt.datetime,
    channel: str = ApiKey.Channel.TERMINAL,
    branch: str | None = None,
    expires_at: dt.datetime | None = None,
    per_second: int = 50,
) -> NewKey:
    """Make a key for `company` and keep it. Raises `CentralError` that says in words what cannot be."""
    made = prepare(
        company=company,
        client=client,
        scopes=scopes,
        at=at,
        channel=channel,
        branch=branch,
        expires_at=expires_at,
        per_second=per_second,
    )
    made.row.save(force_insert=True)
    return made


def prepare(
    *,
    company: str,
    client: str,
    scopes: list[str],
    at: dt.datetime,
    channel: str,
    branch: str | None,
    expires_at: dt.datetime | None,
    per_second: int,
) -> NewKey:
    """The same for a caller that keeps the row itself."""
    if expires_at is not None and expires_at <= at:
        raise CentralError("a key expires in the future")
    default = None if branch is None else Branch.objects.filter(pk=branch, company=company).first()
    if branch is not None and default is None:
        raise CentralError(f"{company} has no branch {branch!r}")
    secret = secrets.token_urlsafe(32)
    row = ApiKey(
        id=secrets.token_hex(6),
        company=the_company(company),
        client=client,
        digest=_digest(secret),
        scopes=scopes,
        channel=channel,
        branch=default,
        per_second=per_second,
        created_at=at,
        expires_at=expires_at,
    )
    check(row)
    return NewKey(row, f"tapbon_{row.pk}_{secret}")


def find(token: str, *, at: dt.datetime) -> ApiKey | None:
    """The usable key that `token` is, or None; takes as long for a wrong secret as for a right one."""
    form = _FORM.fullmatch(token)
    if form is None:
        return None
    row = ApiKey.objects.select_related("company", "branch").filter(pk=form[1]).first()
    genuine = hmac.compare_digest(_digest(form[2]), _NOBODY if row is None else row.digest)
    return row if row is not None and genuine and row.usable(at=at) else None


def note_use(row: ApiKey, *, at: dt.datetime) -> None:
    """Remember when the key was last used."""
    if row.last_used_at is None or at - row.last_used_at >= _USED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=at)


def revoke(key: str, *, at: dt.datetime) -> bool:
    """From now on the key of this id opens nothing; whether it did until now. Raises `CentralError`."""
    if not ApiKey.objects.filter(pk=key).exists():
        raise CentralError(f"there is no API key {key!r}: it is the middle part of the key")
    return ApiKey.objects.filter(pk=key, revoked_at=None).update(revoked_at=at) > 0


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

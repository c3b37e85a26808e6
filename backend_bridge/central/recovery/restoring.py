"""Restoring: a backup is put back, brought up to date, and a generation begins (ADR 0018). There is no other way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
from django.db import transaction

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.fleet import generations
from backend_bridge.central.fleet.models import Generation
from backend_bridge.central.organisation.models import CouponSigningKey
from backend_bridge.central.recovery.backups import put_back
from loyalty.signing import SigningKey


class Restored(msgspec.Struct, frozen=True):
    """The generation that began, and which companies' keys for coupon codes are not in the data directory."""

    generation: int
    missing_keys: tuple[str, ...]


def restore(file: Path, *, directory: DataDir, at: dt.datetime) -> Restored:
    """Put `file` back and begin a generation. Raises `BackupFailed` and `CentralError`."""
    from backend_bridge.central import migrate

    newest = put_back(file, directory=directory, at=at)
    migrate()
    generation = begin_generation(reason=f"restored from {file.name}", at=at, after=newest)
    return Restored(generation.number, tuple(_missing_keys(directory)))


def begin_generation(*, reason: str, at: dt.datetime, after: int = 0) -> Generation:
    """From now on the books are restored ones: nothing is granted until all terminals have replayed.

    The number is larger than any that was used before, also where the same backup is restored twice and knows
    nothing of the first time: it is no less than the time in seconds. `after` is a number that is known besides.
    """
    with transaction.atomic():
        number = max(generations.current() + 1, after + 1, int(at.timestamp()))
        return Generation.objects.create(number=number, began_at=at, reason=reason[:200])


def _missing_keys(directory: DataDir) -> list[str]:
    missing = []
    for row in CouponSigningKey.objects.order_by("company", "number"):
        file = directory.coupon_key_file(company=row.company_id, number=row.number)
        if not file.exists() or SigningKey(file.read_bytes()).public.hex() != row.public:
            missing.append(file.name)
    return missing

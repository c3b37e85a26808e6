"""The key that the secrets of all webhooks follow from: a file beside the other keys, made when first wanted."""

from __future__ import annotations

import secrets

from django.conf import settings

from backend_bridge.central.data_dir import DataDir, read_secret, write_secret


def webhook_key() -> bytes:
    """The key of this installation; raises `DataDirError`."""
    path = DataDir(settings.DATA).keys / "webhooks.key"
    write_secret(path, secrets.token_bytes(32))
    return read_secret(path)

"""Hooks for schemathesis: ids that were made up become ids that are there, so that requests get further.

Only what has the form of an id is exchanged; what was made up to be wrong stays wrong.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from pathlib import Path
from typing import Any

import schemathesis

REAL_VARIABLE = "TAPBON_API_REAL"
#: The kinds of ids, by the names that bodies and paths use.
KINDS = {"owner": "customer", "branches": "branch", "vouchers": "voucher"}
_FORM = re.compile(r"[a-z0-9-]{1,48}")


def real() -> dict[str, list[str]]:
    """Ids that are there, by kind."""
    found: dict[str, list[str]] = json.loads(Path(os.environ[REAL_VARIABLE]).read_text())
    return found


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Exchange ids in bodies."""
    return exchanged(body, "", real())


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Exchange ids in paths."""
    return exchanged(path_parameters, "", real())


def exchanged(value: Any, name: str, ids: dict[str, list[str]]) -> Any:
    """`value` with real ids, chosen by what was made up, so that the same run sends the same requests."""
    if isinstance(value, dict):
        return {one: exchanged(inner, one, ids) for one, inner in value.items()}
    if isinstance(value, list):
        return [exchanged(inner, name, ids) for inner in value]
    known = ids.get(KINDS.get(name, name), [])
    if known and isinstance(value, str) and _FORM.fullmatch(value):
        return known[zlib.crc32(value.encode()) % len(known)]
    return value

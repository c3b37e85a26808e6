"""Tables out of a JSON schema: one section per definition, one line per field. Used by `docs.generate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}
_FORMATS = {"date-time": "instant with its offset", "date": "date", "time": "time of day"}


def sections(schema: dict[str, Any], *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Markdown of every definition of `schema`, but those named in `without`."""
    for name, definition in schema["$defs"].items():
        if name not in without:
            yield f"## {name}"
            if "description" in definition:
                # A docstring keeps the indentation of its source.
                yield " ".join(definition["description"].split())
            yield _values(definition) if "enum" in definition else _fields(definition)


def _values(definition: dict[str, Any]) -> str:
    return ", ".join(_code(value) for value in definition["enum"])


def _fields(definition: dict[str, Any]) -> str:
    needed = definition.get("required", ())
    rows = [
        f"| `{name}` | {_kind(field)} | {'required' if name in needed else _default(field)} |"
        for name, field in definition.get("properties", {}).items()
    ]
    return "\n".join(["| field | type | default |", "| --- | --- | --- |", *rows]) if rows else "No fields."


def _kind(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in field or "enum" in field:
        return ", ".join(_code(one) for one in field.get("enum", [field.get("const")]))
    if field.get("type") == "array":
        return f"list of {_kind(field['items'])}" + _bounds(field, "minItems", "maxItems")
    told = _FORMATS.get(field.get("format", ""), _WORDS.get(field.get("type", ""), "anything"))
    return told + _bounds(field, "minimum", "maximum") + _bounds(field, "minLength", "maxLength")


def _bounds(field: dict[str, Any], least: str, most: str) -> str:
    low, high = field.get(least), field.get(most)
    if low is None and high is None:
        return ""
    if low is None:
        return f" (at most {high:,})"
    return f" (from {low:,})" if high is None else f" ({low:,} to {high:,})"


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    return "–" if default is None else _code(default)


def _code(value: Any) -> str:
    return f"`{value if isinstance(value, str) and value else json.dumps(value)}`"

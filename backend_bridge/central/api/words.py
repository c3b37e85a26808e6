"""The OpenAPI description in words: what the page and the reference show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

_NUMBER_BOUNDS = {"minimum": "from {}", "maximum": "to {}", "exclusiveMinimum": "above {}"}
_LENGTHS = {"maxLength": "at most {} characters", "maxItems": "at most {}", "minItems": "at least {}"}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one path. `inputs` are (name, what, about); `body` and `answer` name schemas."""

    name: str
    method: str
    path: str
    section: str
    summary: str
    about: str
    inputs: list[tuple[str, str, str]]
    body: str
    answer: str
    problems: list[str]


class Body(msgspec.Struct, frozen=True):
    """One schema, with its fields as (name, what, about)."""

    name: str
    about: str
    fields: list[tuple[str, str, str]]


def operations(description: dict[str, Any]) -> Iterator[Operation]:
    """Every operation, by section."""
    order = [tag["name"] for tag in description["tags"]]
    found = [
        _operation(path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    yield from sorted(found, key=lambda one: order.index(one.section))


def schemas(description: dict[str, Any]) -> Iterator[Body]:
    """Every schema, by name."""
    for name, schema in sorted(description["components"]["schemas"].items()):
        required = schema.get("required", ())
        fields = [
            (field, kind(about) + ("" if field in required else ", optional"), about.get("description", ""))
            for field, about in schema.get("properties", {}).items()
        ]
        about = " ".join(schema.get("description", "").split())
        if "enum" in schema:
            about = f"{about} One of {', '.join(map(str, schema['enum']))}."
        yield Body(name, about, fields)


def kind(schema: dict[str, Any]) -> str:
    """What a value of `schema` is."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(kind(one) for one in schema.get("anyOf", schema.get("oneOf", ())))
    if "enum" in schema:
        return "one of " + ", ".join(f"{one}" for one in schema["enum"])
    if "const" in schema:
        return f"{schema['const']}"
    if schema.get("type") == "array":
        return _bounded(f"list of {kind(schema.get('items', {}))}", schema)
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}
    plain = words.get(str(schema.get("type")), str(schema.get("type", "anything")))
    plain = {"date": "day (YYYY-MM-DD)", "date-time": "instant (RFC 3339)"}.get(str(schema.get("format")), plain)
    return _bounded(plain, schema)


def _bounded(plain: str, schema: dict[str, Any]) -> str:
    bounds = [told.format(schema[name]) for name, told in (_NUMBER_BOUNDS | _LENGTHS).items() if name in schema]
    return " ".join([plain, *bounds])


def _operation(path: str, method: str, operation: dict[str, Any]) -> Operation:
    inputs = [
        (
            one["name"],
            f"{one['in']}: {kind(one['schema'])}" + ("" if one["required"] else ", optional"),
            one.get("description", ""),
        )
        for one in operation["parameters"]
    ]
    [answer] = [told for status, told in operation["responses"].items() if int(status) < 400]
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        section=operation["tags"][0],
        summary=operation["summary"],
        about=re.sub(r"(?<!\n)\n(?!\n)", " ", operation["description"]),
        inputs=inputs,
        body=_named(operation.get("requestBody", {})),
        answer=_named(answer),
        problems=[status for status in operation["responses"] if int(status) >= 400],
    )


def _named(told: dict[str, Any]) -> str:
    for content in told.get("content", {}).values():
        return kind(content["schema"])
    return ""

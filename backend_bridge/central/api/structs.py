"""Bodies that are structs of the rules: read, written and described by what the structs say themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest

from backend_bridge.central.api.problems import Broken, ProblemError, broken, invalid

AnyStruct = TypeVar("AnyStruct", bound=msgspec.Struct)

_PLACE = re.compile(r" - at `(?:key in )?\$(.*)`$")
_INDEX = re.compile(r"\[([^\]]*)\]")
_NAME = re.compile(r"field `([^`]*)`")
#: How a message of the decoder begins or goes on, and the rule that it means.
_RULES = (
    ("missing required field", "missing"),
    ("contains unknown field", "extra_forbidden"),
    ("Invalid enum value", "choice"),
    ("Invalid value", "choice"),
    ("matching regex", "pattern"),
    ("of length", "length"),
    (" >= ", "range"),
    (" <= ", "range"),
    ("Invalid RFC3339", "format"),
    ("Invalid ISO8601", "format"),
    ("out of range", "range"),
    ("timezone component", "offset"),
)
_CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f]")


def read(request: HttpRequest, kind: type[AnyStruct]) -> AnyStruct:
    """The body of `request` as `kind`; raises `ProblemError` that names the field and the rule."""
    if not request.body:
        raise broken("body", "missing", "A body is needed.")
    try:
        plain = msgspec.json.decode(request.body)
    except (ValueError, RecursionError):
        raise ProblemError("malformed-json", "The body cannot be read as JSON.") from None
    odd = [place for place, text in _texts(plain, "body") if _CONTROL.search(text)]
    if odd:
        raise invalid(*(Broken(field=one, rule="plain", message="No control characters.") for one in odd[:20]))
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise _told(str(error)) from None


def described(kinds: Iterable[type[msgspec.Struct]]) -> tuple[dict[type, Any], dict[str, Any]]:
    """The schema of each of `kinds`, and of everything that they refer to, by name."""
    wanted = sorted(set(kinds), key=lambda one: (one.__name__, one.__module__))
    schemas, parts = msgspec.json.schema_components(wanted, ref_template="#/components/schemas/{name}")
    return dict(zip(wanted, schemas, strict=True)), parts


def _told(message: str) -> ProblemError:
    found = _PLACE.search(message)
    place = "body" + (_INDEX.sub(lambda one: f".{one[1]}", found[1]) if found else "")
    told = message[: found.start()] if found else message
    rule = next((rule for word, rule in _RULES if word in told), "type")
    name = _NAME.search(told)
    if rule in ("missing", "extra_forbidden") and name is not None:
        place, told = f"{place}.{name[1]}", "A field is missing." if rule == "missing" else "There is no such field."
    # What the decoder quotes between quotation marks was sent.
    return broken(place, rule, re.sub(r" ?'.*'", "", told, flags=re.DOTALL).replace("`", ""))


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, f"{place}.{number}")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(name, place)
            yield from _texts(one, f"{place}.{name}")

"""Writes `docs/reference/` from the code: `python -m docs.generate`.

What is in a table there is taken from the structs, their types, defaults and docstrings, and from the
workbench's own description. Decides only how it reads. A test fails when the files are out of date.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import subprocess
import sys
import types
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from backend_bridge.central.api import words
from backend_bridge.link.terminal_end import KINDS
from backend_bridge.serving import CentralLinkConfiguration, ServingConfiguration
from docs import requirements
from docs.schema_tables import sections
from firmware.hal.settings import AnchorSettings, ReaderSettings, ScannerSettings
from firmware.runtime.alarms import ALARMS
from hw_sim.workbench.api import create_app
from kiosk_ui.configuration import LinkConfiguration, ScreenConfiguration, TerminalConfiguration
from loyalty import entries, rights
from loyalty.evaluation.case import Case
from loyalty.evaluation.result import Evaluation
from loyalty.signing import Signed
from loyalty.wire import messages, topics

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTICE = "<!-- Made by docs/generate.py from the code. Change it there, then run: python -m docs.generate -->"

#: Which message goes up on which channel; those that come down are named in the link itself.
_UP_KINDS: dict[str, type[msgspec.Struct]] = {"up/journal": messages.JournalBatch, "up/ask": messages.Ask}
_STATE = "JSON with `v`, `online`, `boot`, `software`; retained, and the terminal's last will"
_ALARMS = (
    "JSON with `v`, `alarm`, `about`, `over`, `at_ms` and what more is to be said; told anew on each connection: "
    + ("; ".join(f"`{name}` ({says})" for name, says in ALARMS.items()))
)
_RETAINED = ("down/rules",)
_WORDS = {str: "text", int: "whole number", bool: "true or false", bytes: "bytes", Path: "path", type(None): "nothing"}


class Field(msgspec.Struct, frozen=True):
    """One line of a table; `default` is empty for a field that must be there."""

    name: str
    kind: str
    default: str


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "topics.md": _topics(),
        "configuration.md": _configuration(),
        "journal.md": _journal(),
        "evaluate.md": _evaluate(),
        "workbench-api.md": _workbench_api(),
        "requirements.md": _page("What is required, and what shows it", *requirements.parts()),
        "api.md": _api(),
    }


def main() -> int:
    """Write the pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")
    return 0


# --- the pages --------------------------------------------------------------------------------


def _topics() -> str:
    down: dict[str, type[msgspec.Struct]] = {**KINDS}
    rows = [
        "| below `" + topics.ROOT + "/<terminal>/` | published by | what |",
        "| --- | --- | --- |",
        *(f"| `{one}` | terminal | {_carried(one, _UP_KINDS)} |" for one in topics.UP),
        *(f"| `{one}` | central system | {_carried(one, down)} |" for one in topics.DOWN),
    ]
    up_parts = [messages.BalanceWanted, messages.PointsWanted, messages.CouponWanted, messages.TimeWanted]
    down_parts = [messages.Balance, messages.PoolBalance, messages.TimeIs, messages.Refused, messages.CouponRight]
    described: list[type[Any]] = [*_UP_KINDS.values(), *up_parts, *down.values(), *down_parts, rights.LotRight, Signed]
    return _page(
        "Topics and messages",
        f"A terminal's id is {_code('[a-z0-9-]')}, 1 to 48 characters. What moves value is MessagePack with full field "
        "names; every message has a version and a `type`. What comes down is wrapped in a [Signed](#signed) by the "
        "central system; what goes up is known by its topic, and its entries are signed one by one. Times that end "
        "in `_ms` are milliseconds since 1970.",
        "\n".join(rows),
        "Reasons in a [Refused](#refused): " + ", ".join(_code(one) for one in messages.REFUSALS) + ".",
        *(_struct(one, known=described) for one in described),
    )


def _carried(channel: str, kinds: dict[str, type[msgspec.Struct]]) -> str:
    if channel == "state":
        return _STATE
    if channel == "up/alarm":
        return _ALARMS
    if channel not in kinds:
        return "reserved: in the access list, nothing is sent on it yet"
    return _link(kinds[channel]) + ("; retained" if channel in _RETAINED else "")


def _configuration() -> str:
    terminal = [
        TerminalConfiguration,
        LinkConfiguration,
        ReaderSettings,
        ScannerSettings,
        ScreenConfiguration,
        AnchorSettings,
    ]
    central = [ServingConfiguration, CentralLinkConfiguration]
    known = [*terminal, *central]
    return _page(
        "Configuration files",
        "Both are JSON, read once at the start. A field that is missing or has the wrong type stops the program with "
        "a message that names its place; so does one that is not known, except in the two about devices.",
        "# The terminal: `python -m kiosk_ui run --config FILE`",
        *(_struct(one, known=known) for one in terminal),
        "# The central system: `python -m backend_bridge serve --config FILE`",
        *(_struct(one, known=known) for one in central),
    )


def _journal() -> str:
    bodies: list[type[msgspec.Struct]] = [*typing.get_args(entries.Body)]
    known: list[type[Any]] = [entries.Entry, entries.ClockEvidence, *bodies, rights.LotRight, rights.LotSpend]
    return _page(
        "Journal entries",
        "One entry is one line of a terminal's journal: MessagePack, signed by the terminal with Ed25519, chained by "
        f"SHA-256. Version {entries.ENTRY_VERSION}. Its key is (terminal, epoch, seq); "
        "`prev` is the hash of the entry before it, zeros for the first.",
        *(_struct(one, known=known) for one in known),
    )


def _evaluate() -> str:
    given, answered = (msgspec.json.schema(one) for one in (Case, Evaluation))
    return _page(
        "What a receipt comes to: `python -m loyalty evaluate CASE.json`",
        "A [Case](#case) in, an [Evaluation](#evaluation) out, both JSON. Amounts are whole numbers of minor units, "
        "VAT rates are basis points (2100 is 21 %), award rates are hundredths of a point per 1.00. "
        "`python -m loyalty schema case` and `schema evaluation` print the JSON schemas. A case that is not of "
        "this form, or contradicts itself, is refused with the name of the field.",
        "# What goes in",
        *sections(given),
        "# What comes out",
        *sections(answered, without=frozenset(given["$defs"])),
    )


def _workbench_api() -> str:
    # The routes are described without a bench: it is asked for only when one is called.
    described = create_app(typing.cast(Any, None)).openapi()
    bodies = described["components"]["schemas"]
    parts = [
        str(described["info"]["description"]).replace("\n", " "),
        "It is there while the demo runs, on 127.0.0.1 only. Refusals are `application/problem+json` with `title`, "
        "`status` and `detail`. The full description is at `/api/openapi.json`.",
    ]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            parts.append(f"## `{method.upper()} {path}`")
            parts.append(operation["description"])
            parts += _inputs(operation, bodies)
    return _page("The workbench's API", *parts)


def _inputs(operation: dict[str, Any], bodies: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        yield f"Parameter `{parameter['name']}` ({parameter['in']}): {_schema_kind(parameter['schema'])}."
    content = operation.get("requestBody", {}).get("content", {})
    for media, about in content.items():
        name = about["schema"].get("$ref", "").rpartition("/")[2]
        if not name:
            yield f"Body: {media}."
            continue
        fields = [
            Field(one, _told(schema), "" if one in bodies[name].get("required", ()) else _value(schema.get("default")))
            for one, schema in bodies[name]["properties"].items()
        ]
        yield _table(fields)


def _told(schema: dict[str, Any]) -> str:
    return _schema_kind(schema) + (f": {schema['description']}" if "description" in schema else "")


def _schema_kind(schema: dict[str, Any]) -> str:
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "nothing"}
    kinds = [one["type"] for one in schema.get("anyOf", [schema])]
    return " or ".join(words[kind] for kind in kinds)


def _api() -> str:
    described = _api_description()
    sections = {tag["name"]: tag["description"] for tag in described["tags"]}
    parts = [
        str(described["info"]["description"]),
        "How to begin, and what holds for every endpoint: [For integrators](../integrator.md). For programs: "
        "`/api/v1/openapi.json`. Problems that every endpoint can answer with are named there; here are only "
        "those that depend on it.",
    ]
    section = ""
    for one in words.operations(described):
        if one.section != section:
            section = one.section
            parts.append(f"# {section.capitalize()}\n\n{sections[section]}")
        parts += _api_operation(one)
    parts.append("# Bodies")
    parts += [_api_body(one) for one in words.schemas(described)]
    return _page("The API", *parts)


def _api_operation(one: words.Operation) -> Iterator[str]:
    yield f"## `{one.method} {one.path}`"
    yield one.about
    if one.inputs:
        yield _api_table(one.inputs)
    told = [f"{name}: [{body}](#{body.lower()})" for name, body in (("Body", one.body), ("Answer", one.answer)) if body]
    own = [status for status in one.problems if status in ("404", "409")]
    yield ". ".join([*told, *([f"Problems: {', '.join(own)}"] if own else [])]) + "."


def _api_body(one: words.Body) -> str:
    return "\n\n".join(
        [f"## {one.name}", *([one.about] if one.about else []), *([_api_table(one.fields)] if one.fields else [])]
    )


def _api_table(fields: Iterable[tuple[str, str, str]]) -> str:
    rows = [f"| `{name}` | {_cell(kind)} | {_cell(about)} |" for name, kind, about in fields]
    return "\n".join(["| name | what | about |", "| --- | --- | --- |", *rows])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


@functools.cache
def _api_description() -> dict[str, Any]:
    """Asked of a program of its own: only one installation can be set up in a process, and a test may have one."""
    asked = [sys.executable, "-m", "backend_bridge.central.api.describe"]
    done = subprocess.run(asked, capture_output=True, check=True, cwd=REFERENCE.parents[1])  # noqa: S603  (our own)
    described: dict[str, Any] = msgspec.json.decode(done.stdout)
    return described


# --- structs ----------------------------------------------------------------------------------


def _struct(described: type[Any], *, known: Iterable[type[Any]]) -> str:
    lines = [f"## {described.__name__}"]
    config = getattr(described, "__struct_config__", None)
    if config is not None and config.tag is not None:
        lines.append(f"`type`: `{config.tag}`")
    # A generated docstring is the signature again, and is no description.
    told = inspect.getdoc(described) or ""
    if told and not told.startswith(f"{described.__name__}("):
        lines.append(told)
    return "\n\n".join([*lines, _table(_fields(described, known=tuple(known)))])


def _fields(described: type[Any], *, known: tuple[type[Any], ...]) -> list[Field]:
    if not issubclass(described, msgspec.Struct):
        hints = typing.get_type_hints(described)
        return [
            Field(
                one.name,
                _kind(hints[one.name], known),
                "" if one.default is dataclasses.MISSING else _value(one.default),
            )
            for one in dataclasses.fields(described)
        ]
    return [
        Field(one.encode_name, _kind(one.type, known), "" if one.default is msgspec.NODEFAULT else _value(one.default))
        for one in msgspec.structs.fields(described)
    ]


def _kind(kind: Any, known: tuple[type[Any], ...]) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_kind(one, known) for one in arguments)
    if origin is tuple:
        return f"list of {_kind(arguments[0], known)}"
    return _link(kind) if kind in known else str(kind.__name__)


def _value(default: Any) -> str:
    if isinstance(default, msgspec.Struct):
        return "its defaults"
    return _code(str(msgspec.json.encode(default), "utf-8"))


def _table(fields: Iterable[Field]) -> str:
    rows = [f"| `{one.name}` | {one.kind} | {one.default or 'required'} |" for one in fields]
    return "\n".join(["| field | type | default |", "| --- | --- | --- |", *rows])


def _link(described: type[Any]) -> str:
    return f"[{described.__name__}](#{described.__name__.lower()})"


def _code(text: str) -> str:
    return f"`{text}`"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([NOTICE, f"# {title}", *parts]) + "\n"


if __name__ == "__main__":
    sys.exit(main())

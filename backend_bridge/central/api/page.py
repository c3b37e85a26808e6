"""The API's description as one plain page: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from backend_bridge.central.api.words import Operation, operations, schemas

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:3rem} h3{margin-top:2.5rem;overflow-wrap:anywhere} code{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%} td,th{border:1px solid #8886;padding:.3rem .5rem;text-align:left;
vertical-align:top} .method{display:inline-block;min-width:4.5rem}
"""


def page(description: dict[str, Any]) -> str:
    """The whole page."""
    told = description["info"]
    parts: list[str] = [
        format_html("<h1>{} API, version {}</h1><p>{}</p>", told["title"], told["version"], told["description"]),
        format_html('<p>For programs: <a href="{}">openapi.json</a> (OpenAPI 3.1).</p>', "openapi.json"),
        "".join(_contents(description)),
        "".join(_section(description)),
        "<h2>Bodies</h2>",
        *(
            format_html('<h3 id="{}">{}</h3><p>{}</p>', one.name, one.name, one.about) + _table(one.fields)
            for one in schemas(description)
        ),
    ]
    head = format_html("<title>{} API</title><style>{}</style>", told["title"], SafeString(_STYLE))
    return f'<!doctype html><html lang="en"><meta charset="utf-8">{head}<body>{"".join(parts)}</body></html>'


def _contents(description: dict[str, Any]) -> Iterator[str]:
    yield "<ul>"
    for one in operations(description):
        line = '<li><a href="#{}"><code><span class="method">{}</span> {}</code></a> {}</li>'
        yield format_html(line, one.name, one.method, one.path, one.summary)
    yield "</ul>"


def _section(description: dict[str, Any]) -> Iterator[str]:
    section = ""
    about = {tag["name"]: tag["description"] for tag in description["tags"]}
    for one in operations(description):
        if one.section != section:
            section = one.section
            yield format_html("<h2>{}</h2><p>{}</p>", section.capitalize(), about[section])
        yield from _operation(one)


def _operation(one: Operation) -> Iterator[str]:
    yield format_html('<h3 id="{}"><code>{} {}</code></h3>', one.name, one.method, one.path)
    yield "".join(format_html("<p>{}</p>", _marked(part)) for part in one.about.split("\n\n"))
    if one.inputs:
        yield _table(one.inputs)
    for told, body in (("Body", one.body), ("Answer", one.answer)):
        if body:
            yield format_html('<p>{}: <a href="#{}">{}</a></p>', told, body, body)
    yield format_html("<p>Problems: {}</p>", ", ".join(one.problems))


def _table(fields: list[tuple[str, str, str]]) -> SafeString:
    lines = (
        format_html("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>", name, kind, _marked(about))
        for name, kind, about in fields
    )
    return mark_safe("<table><tr><th>name</th><th>what</th><th>about</th></tr>" + "".join(lines) + "</table>")  # noqa: S308


def _marked(text: str) -> SafeString:
    """Words between backticks are code."""
    parts = text.split("`")
    marked = (escape(part) if number % 2 == 0 else f"<code>{escape(part)}</code>" for number, part in enumerate(parts))
    return mark_safe("".join(marked))  # noqa: S308  (every part is escaped)

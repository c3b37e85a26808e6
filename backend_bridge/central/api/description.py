"""The OpenAPI description, as the API answers: problems with their media type, headers, scopes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from backend_bridge.central.api import structs
from backend_bridge.central.api.endpoint import Endpoint, Keyed, Section
from backend_bridge.central.api.problems import KINDS, MEDIA_TYPE
from backend_bridge.central.api.scopes import SCOPES

_SECURITY = "ApiKey"
_WAIT = {"Retry-After": ("Seconds to wait.", "integer")}
_HEADERS: dict[int, dict[str, tuple[str, str]]] = {
    401: {"WWW-Authenticate": ("`Bearer`", "string")},
    405: {"Allow": ("The methods that can be used.", "string")},
    429: _WAIT,
    503: _WAIT,
}
_REPLAYED = ("`true` where this is the answer that was given before.", "string")
_BEARER = """\
`Authorization: Bearer tapbon_<id>_<secret>`. A key belongs to one company and has scopes:

"""


def described(made: dict[str, Any], sections: Iterable[Section]) -> dict[str, Any]:
    """`made` by the framework, put right."""
    sections = list(sections)
    endpoints = {endpoint.name: endpoint for section in sections for endpoint in section.endpoints}
    kinds = [kind for one in endpoints.values() for kind in (one.body, one.answer) if kind is not None]
    schemas, parts = structs.described(kinds)
    twice = parts.keys() & made["components"]["schemas"].keys()
    if twice:
        raise ValueError(f"two bodies have the same name: {sorted(twice)}")
    made["components"]["schemas"].update(parts)
    for operation in _operations(made):
        endpoint = endpoints[operation["operationId"]]
        if endpoint.body is not None:
            content = {"application/json": {"schema": schemas[endpoint.body]}}
            operation["requestBody"] = {"content": content, "required": True}
        if endpoint.answer is not None:
            content = {"application/json": {"schema": schemas[endpoint.answer]}}
            operation["responses"][endpoint.status]["content"] = content
        operation["security"] = [{_SECURITY: [endpoint.scope]}]
        operation["description"] = f"{operation.get('description', '')}\n\nScope: `{endpoint.scope}`.".strip()
        for parameter in operation["parameters"]:
            parameter["schema"] = _without_null(parameter["schema"])
        for status, answer in operation["responses"].items():
            _put_right(int(status), answer, endpoint)
        operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    scopes = "\n".join(f"- `{scope}`: {told}" for scope, told in SCOPES.items())
    scheme = {"type": "http", "scheme": "bearer", "description": _BEARER + scopes}
    made["components"]["securitySchemes"] = {_SECURITY: scheme}
    made["tags"] = [{"name": one.name, "description": one.about} for one in sections]
    made["servers"] = [{"url": "/"}]
    return dict(made)


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in made["paths"].values():
        yield from operations.values()


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not; it is never null."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{name: told for name, told in schema.items() if name != "anyOf"}, **kinds[0]}


def _put_right(status: int, answer: dict[str, Any], endpoint: Endpoint) -> None:
    headers = dict(_HEADERS.get(status, {}))
    if status >= 400:
        kinds = ", ".join(f"`{name}`" for name, kind in KINDS.items() if kind.status == status)
        answer["description"] = f"Problem {kinds}."
        schema = "Invalid" if status == 422 else "Problem"
        answer["content"] = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    elif endpoint.key is not Keyed.NO:
        headers["Idempotent-Replayed"] = _REPLAYED
    if headers:
        answer["headers"] = {
            name: {"description": told, "schema": {"type": kind}} for name, (told, kind) in headers.items()
        }

"""How an endpoint is written: a function of a `Call` and its inputs, with a scope.

    @section.get("/branches/{branch}", scope="organisation:read")
    def read_branch(call: Call, branch: PathId) -> BranchShown: ...

What the function's types say is checked before it runs, and is in the description. A function that
does something runs once for each `Idempotency-Key` (`once`), in one transaction: `post` needs the key;
`patch` and `delete` may have one, since doing them again changes nothing more.
"""

from __future__ import annotations

import enum
import functools
import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.params.models import Header
from pydantic import BaseModel, StringConstraints

from backend_bridge.central.api import once, structs
from backend_bridge.central.api.calling import ApiRequest, BearerKey, Call
from backend_bridge.central.api.problems import Broken, Invalid, Problem, invalid

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
KEY_PATTERN = r"^[A-Za-z0-9_.:-]{1,128}$"
_KeyText = Annotated[str, StringConstraints(pattern=KEY_PATTERN)]
_ALWAYS = (400, 401, 403, 405, 422, 429, 500, 503)
_WITH_BODY = (411, 413, 415)
_KEY_ARGUMENT = "idempotency_key"


class Keyed(enum.Enum):
    """Whether an endpoint takes an idempotency key: those that only read do not."""

    NO = "no"
    MAY = "may"
    MUST = "must"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about an endpoint besides its inputs."""

    name: str
    method: str
    path: str
    scope: str
    section: str
    key: Keyed
    status: int
    #: A struct that the body is, and one that the answer is; the framework knows nothing of them.
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct] | None = None
    #: Whether the answer is kept to be given again. One that holds a secret is not.
    kept: bool = True


class Section:
    """Endpoints about one thing."""

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self.about = about
        self.router = Router(tags=[name])
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, *, scope: str) -> Callable[[AnyFunction], AnyFunction]:
        """An endpoint that reads."""
        return self._endpoint("GET", path, scope=scope, status=200, key=Keyed.NO)

    def ask(self, path: str, *, scope: str) -> Callable[[AnyFunction], AnyFunction]:
        """An endpoint that reads, and needs a body to say what."""
        return self._endpoint("POST", path, scope=scope, status=200, key=Keyed.NO)

    def post(
        self, path: str, *, scope: str, status: int = 201, kept: bool = True
    ) -> Callable[[AnyFunction], AnyFunction]:
        """An endpoint that does something, once."""
        return self._endpoint("POST", path, scope=scope, status=status, key=Keyed.MUST, kept=kept)

    def patch(self, path: str, *, scope: str) -> Callable[[AnyFunction], AnyFunction]:
        """An endpoint that changes something, once."""
        return self._endpoint("PATCH", path, scope=scope, status=200, key=Keyed.MAY)

    def delete(self, path: str, *, scope: str) -> Callable[[AnyFunction], AnyFunction]:
        """An endpoint that ends something; it answers with nothing."""
        return self._endpoint("DELETE", path, scope=scope, status=204, key=Keyed.MAY)

    def _endpoint(
        self, method: str, path: str, *, scope: str, status: int, key: Keyed, kept: bool = True
    ) -> Callable[[AnyFunction], AnyFunction]:
        def decorate(function: AnyFunction) -> AnyFunction:
            body, answer = _structs(function)
            endpoint = Endpoint(
                body=body[1] if body else None,
                answer=answer,
                kept=kept,
                name=function.__name__,
                method=method,
                path=path,
                scope=scope,
                section=self.name,
                key=key,
                status=status,
            )
            self.endpoints.append(endpoint)
            self._bind(endpoint, function)
            return function

        return decorate

    def _bind(self, endpoint: Endpoint, function: Callable[..., Any]) -> None:
        signature = _signature(function, key=endpoint.key)
        body = endpoint.body is not None or any(_is_model(one.annotation) for one in signature.parameters.values())
        missing = (404,) if "{" in endpoint.path else ()
        refused = (409,) if endpoint.key is not Keyed.NO else ()
        problems = {*_ALWAYS, *missing, *refused, *(_WITH_BODY if body else ())}
        answer = None if endpoint.answer is not None else signature.return_annotation
        self.router.api_operation(
            [endpoint.method],
            endpoint.path,
            auth=BearerKey(endpoint.scope),
            response={endpoint.status: answer, **{one: Invalid if one == 422 else Problem for one in sorted(problems)}},
            operation_id=endpoint.name,
            summary=endpoint.name.replace("_", " ").capitalize(),
            description=inspect.cleandoc(function.__doc__ or ""),
        )(_view(endpoint, function, signature))


def _view(
    endpoint: Endpoint, function: Callable[..., Any], signature: inspect.Signature
) -> Callable[..., HttpResponse]:
    known = {name for name in signature.parameters if name not in ("request", _KEY_ARGUMENT)}
    struct = _structs(function)[0]

    def view(request: ApiRequest, **values: Any) -> HttpResponse:
        _refuse_unknown(request, known)
        key = values.pop(_KEY_ARGUMENT, None)
        if struct is not None:
            values[struct[0]] = structs.read(request, struct[1])
        call = Call(
            caller=request.auth, at=timezone.now(), cause="" if key is None else once.cause_of(request.auth, key)
        )

        def answer() -> once.Answer:
            return once.Answer(endpoint.status, _text(function(call, **values)))

        if endpoint.key is Keyed.NO:
            return once.response(answer())
        return once.response(once.give(request, call, key, answer, kept=endpoint.kept))

    functools.update_wrapper(view, function)
    vars(view)["__signature__"] = signature
    del vars(view)["__wrapped__"]
    return view


def _text(shown: BaseModel | msgspec.Struct | None) -> str:
    if shown is None:
        return ""
    return shown.model_dump_json() if isinstance(shown, BaseModel) else msgspec.json.encode(shown).decode()


def _structs(
    function: Callable[..., Any],
) -> tuple[tuple[str, type[msgspec.Struct]] | None, type[msgspec.Struct] | None]:
    """The argument of a function that is a struct, and its answer where that is one."""
    types = typing.get_type_hints(function)
    answer = types.pop("return")
    bodies = [(name, kind) for name, kind in types.items() if name != "call" and _is_struct(kind)]
    return (bodies[0] if bodies else None), (answer if _is_struct(answer) else None)


def _signature(function: Callable[..., Any], *, key: Keyed) -> inspect.Signature:
    """The function's signature as the framework reads it: its first argument is the request."""
    types = typing.get_type_hints(function, include_extras=True)
    returned = types.pop("return")
    _call, *rest = inspect.signature(function).parameters.values()
    named = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=ApiRequest)]
    parameters += [
        one.replace(annotation=types[one.name], kind=named) for one in rest if not _is_struct(types[one.name])
    ]
    if key is not Keyed.NO:
        told = Header(
            ... if key is Keyed.MUST else None,
            alias="Idempotency-Key",
            description="Names this one request. The same key again gives the same answer, and does nothing again.",
        )
        kind = _KeyText if key is Keyed.MUST else _KeyText | None
        parameters.append(inspect.Parameter(_KEY_ARGUMENT, named, annotation=kind, default=told))
    return inspect.Signature(parameters, return_annotation=None if returned is type(None) else returned)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_struct(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def _refuse_unknown(request: ApiRequest, known: set[str]) -> None:
    unknown = sorted(set(request.GET) - known)
    if unknown:
        told = "There is no such parameter here."
        raise invalid(*(Broken(field="query", rule="unknown_parameter", message=told) for _name in unknown))

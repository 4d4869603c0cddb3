"""A request brings nothing that its route would pass over in silence."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from email.message import Message
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.errors.codes import Problem


async def nothing_unread(request: Request) -> None:
    """For `dependencies=` of a router. Refused are parameters of the address that the route does not know, and what
    stands twice there or in an object of JSON: RequestValidationError; a body where it takes none, or that is not JSON
    where it takes JSON: Problem `body_unexpected`, `unsupported_media_type`."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = {field.alias for part in _parts(route.dependant) for field in part.query_params}
    given = Counter(name for name, _ in request.query_params.multi_items())
    faults = [_fault("extra_forbidden", "query", name) for name in given if name not in known]
    faults += [_fault("repeated", "query", name) for name in known if given[name] > 1]
    if route.body_field is not None:
        faults += [_fault("repeated", "body", name) for name in await _repeated_in_body(request)]
    elif "requestBody" not in (route.openapi_extra or {}) and _has_body(request):
        raise Problem("body_unexpected")
    if faults:
        raise RequestValidationError(faults)


async def _repeated_in_body(request: Request) -> Collection[str]:
    """The keys that stand twice in an object of the body: the reader keeps the last one of them."""
    if not _has_body(request):
        return ()
    if not _is_json(request):
        raise Problem("unsupported_media_type", ("Send the body as application/json.", "请以 application/json 发送。"))
    found: dict[str, None] = {}

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.update((key, None) for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return dict(pairs)

    json.loads(await request.body() or b"null", object_pairs_hook=note)  # it was read once: it is JSON
    return found


def _fault(kind: str, where: str, name: str) -> dict[str, Any]:
    said = "give it once" if kind == "repeated" else "no such parameter"
    return {"loc": (where, name), "type": kind, "msg": said}


def _parts(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _parts(each)


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _is_json(request: Request) -> bool:
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")
    return kind.get_content_maintype() == "application" and kind.get_content_subtype().rpartition("+")[2] == "json"

"""A request brings nothing that its route would pass over in silence."""

from collections import Counter
from collections.abc import Iterator
from email.message import Message

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.errors import Problem


def nothing_unread(request: Request) -> None:
    """Refuses parameters of the address that the route does not know or that stand twice, and a body that is not JSON
    where it takes JSON: RequestValidationError, Problem `unsupported_media_type`. For `dependencies=` of a router."""
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = {field.alias for part in _parts(route.dependant) for field in part.query_params}
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown = [
        {"loc": ("query", name), "type": "extra_forbidden", "msg": "no such parameter"}
        for name in given
        if name not in known
    ]
    again = [{"loc": ("query", name), "type": "repeated", "msg": "give it once"} for name in known if given[name] > 1]
    faults = unknown + again
    if faults:
        raise RequestValidationError(faults)
    if route.body_field is not None and _has_body(request) and not _is_json(request):
        raise Problem("unsupported_media_type", ("Send the body as application/json.", "请以 application/json 发送。"))


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

"""What the routes share: cursor parameters, declared problems."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel

from api.errors import PROBLEM_TYPE
from api.numbers import Digits
from api.schemas import Named, ProblemDetails
from crm.outlets.tables import Outlet
from crm.tasks.tables import Task

After = Annotated[str | None, Query(max_length=64, description="The `next` of the page before")]
Limit = Annotated[Digits, Query(ge=1, le=200)]

_WHAT = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed for this role, or from this site",
    404: "Does not exist, or lies outside the caller's scope",
    408: "The body took too long",
    409: "Does not fit the present state",
    413: "Too large",
    415: "Not of an accepted type",
    422: "A field is missing or wrong",
    429: "Too often; see Retry-After",
    500: "Our fault",
    503: "Not available just now; see Retry-After",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: these, and those that any route may answer."""
    schema = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
    return {
        status: {"description": _WHAT[status], "content": {PROBLEM_TYPE: {"schema": schema}}}
        for status in sorted({*statuses, 500, 503})
    }


SIGNED_IN = (401, 403, 422)
OF_BODIES = (400, 408, 413, 415)  # of every route that takes one; `api.app` adds them
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
# Kept by the browser of who asked, and not shown there to who signs in after him.
KEPT = {"Cache-Control": "private, max-age=86400", "Vary": "Cookie, Authorization"}


def page(model: type[BaseModel], found: Any) -> dict[str, Any]:
    """A crm page as `{items, next}`."""
    return {"items": [model.model_validate(item) for item in found.items], "next": found.next}


def named(thing: Task | Outlet) -> Named:
    """A task or an outlet as it is called."""
    return Named(id=thing.id, name=thing.name, name_zh=thing.name_zh or thing.name)

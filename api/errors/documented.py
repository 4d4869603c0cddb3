"""Problems as the OpenAPI document tells them (RFC 9457)."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.errors.codes import PROBLEM_TYPE


class Fault(BaseModel):
    """One field that is wrong."""

    field: str
    code: str
    message: str


class ProblemDetails(BaseModel):
    """RFC 9457. `code` is stable, `detail` is for people. Members that name a code are there with it alone, where a
    program must go on from them."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[Fault] | None = None
    flags: Annotated[list[str] | None, Field(description="flags_stand: codes of those to dismiss")] = None
    bounds: Annotated[
        dict[str, int] | None, Field(description="numbers_beyond_boxes: by path, the most that the boxes show")
    ] = None
    amount_fen: Annotated[int | None, Field(description="second_person_needed: what was asked")] = None
    greatest_fen: Annotated[int | None, Field(description="second_person_needed: the most for one person")] = None
    balance_fen: Annotated[int | None, Field(description="wallet_too_low: what it holds")] = None


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

"""Errors to problem details (RFC 9457): one place that renders them; their kinds stand in `api.errors.codes`.

```
any error
├─ Problem               raised at this edge, carries its code
├─ crm.kernel.errors.*          the domain's, carry their code; the class gives the status
├─ PhotoError            a photo that cannot be read, carries its code
├─ RequestValidationError, HTTPException    the framework's
└─ everything else       500, nothing of it leaves the process
```
"""

import math
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.errors.codes import KINDS, PROBLEM_TYPE, Problem
from api.errors.fields import faults_of, summed_up
from api.language import wants_chinese
from crm.kernel.clock import utcnow
from crm.kernel.errors import Conflict, CrmError, Expired, Forbidden, Invalid, Locked, NotFound, Unauthenticated
from pipeline.intake.photo_error import PhotoError
from pipeline.texts import Said

log = structlog.get_logger("api")

_CODE_OF_STATUS = {
    400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    408: "body_timeout", 409: "conflict", 413: "body_too_large", 415: "unsupported_media_type", 422: "invalid",
    429: "too_many_requests", 503: "unavailable",
}  # fmt: skip


def problem_body(
    status: int, title: str, detail: str, code: str, instance: str, errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The JSON object of RFC 9457, with our stable `code`."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": instance,
    }
    return body if errors is None else body | {"errors": errors}


def render(
    request: Request,
    code: str,
    said: Said | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
    more: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A response for `code`, with what is `said` in both languages and further
    members `more`; a code outside the table takes `status`'s kind and keeps its name."""
    kind = KINDS.get(code) or KINDS[_CODE_OF_STATUS.get(status or 500, "internal")]
    number = status or kind.status
    text = (said or (kind.en, kind.zh))[wants_chinese(request)]
    body = {**problem_body(number, kind.title, text, code, request.url.path, errors), **(more or {})}
    return JSONResponse(body, number, dict(headers or {}), PROBLEM_TYPE)


def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return render(request, error.code, error.said, headers=error.headers)


_STATUS_OF_CRM: dict[type[CrmError], int] = {
    NotFound: 404, Forbidden: 403, Unauthenticated: 401, Locked: 429, Conflict: 409, Expired: 409, Invalid: 422,
}  # fmt: skip


def wait_seconds(error: Locked) -> str:
    """For Retry-After."""
    return str(max(1, math.ceil((error.until - utcnow()).total_seconds())))


def _on_crm(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CrmError)
    status = next((_STATUS_OF_CRM[kind] for kind in type(error).__mro__ if kind in _STATUS_OF_CRM), 409)
    headers = {}
    if isinstance(error, Locked):
        headers["Retry-After"] = wait_seconds(error)
    errors = None
    if isinstance(error, Invalid):
        status = KINDS[error.code].status if error.field == "file" and error.code in KINDS else status
        faults = error.details or ((error.en, error.zh),)
        chinese = wants_chinese(request)
        errors = [{"field": error.field, "code": error.code, "message": fault[chinese]} for fault in faults]
    return render(request, error.code, (error.en, error.zh), status, headers, errors, error.more)


def _on_photo(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PhotoError)
    return render(request, error.code, (error.en, error.zh), KINDS[error.code].status if error.code in KINDS else 422)


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODE_OF_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    headers = error.headers
    if error.status_code == 405:
        headers = {"Allow": ", ".join(_methods_of(request))}
    return render(request, code, status=error.status_code, headers=headers)


def _methods_of(request: Request) -> list[str]:
    """The methods that the path of a request takes: the framework names those of one route only, and a path may have
    several. Whatever is asked for with GET may be with HEAD."""
    there = [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    ]
    return sorted({*there, *(["HEAD"] if "GET" in there else [])})


def _on_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return render(request, "bad_json")
    faults, chinese = faults_of(found), wants_chinese(request)
    errors = [{"field": field, "code": code, "message": text[chinese]} for field, code, text in faults]
    return render(request, "invalid", summed_up(faults), errors=errors)


def _on_database_away(request: Request, error: Exception) -> JSONResponse:
    log.error("database_unavailable", error=type(error).__name__)
    return render(request, "unavailable", headers={"Retry-After": "5"})


def _on_race(request: Request, error: Exception) -> JSONResponse:
    # A unique index or a foreign key held where the service's own look came too early.
    log.warning("row_refused_by_database", error=type(getattr(error, "orig", error)).__name__)
    return render(request, "conflict")


def _on_value(request: Request, error: Exception) -> JSONResponse:
    # A text with a zero byte, a number too large for its column: PostgreSQL refuses what SQLite takes.
    log.warning("value_refused_by_database", error=type(getattr(error, "orig", error)).__name__)
    return render(request, "invalid")


def _on_disk(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    log.error("storage_failed", errno=error.errno)
    return render(request, "unavailable", headers={"Retry-After": "30"})


def install_handlers(app: FastAPI) -> None:
    """Every error of every route leaves through here; the last resort for the unforeseen is `api.edge`."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(CrmError, _on_crm)
    app.add_exception_handler(PhotoError, _on_photo)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    for away in (OperationalError, InterfaceError, PoolTimeout, InternalError):  # the last: PostgreSQL is read-only
        app.add_exception_handler(away, _on_database_away)
    app.add_exception_handler(IntegrityError, _on_race)
    app.add_exception_handler(DataError, _on_value)
    app.add_exception_handler(OSError, _on_disk)

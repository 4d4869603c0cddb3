"""Errors to problem details (RFC 9457): one table from code to status, one place that renders.

```
any error
├─ Problem               raised at this edge, carries its code
├─ crm.errors.*          the domain's, carry their code; the class gives the status
├─ PhotoError            a photo that cannot be read, carries its code
├─ RequestValidationError, HTTPException    the framework's
└─ everything else       500, nothing of it leaves the process
```
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.language import wants_chinese

log = structlog.get_logger("api")

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: HTTP status, title (English, the same each time), general details in both languages."""

    status: int
    title: str
    en: str
    zh: str


KINDS: dict[str, Kind] = {
    # the edge
    "bad_request": Kind(400, "Bad request", "The request cannot be read.", "无法读取请求。"),
    "bad_form": Kind(400, "Bad form", "The form data cannot be read: send multipart/form-data.",
                     "无法读取表单：请使用 multipart/form-data。"),
    "not_signed_in": Kind(401, "Not signed in", "Sign in first.", "请先登录。"),
    "wrong_password": Kind(401, "Wrong name or password", "Name or password is wrong.", "账号或密码错误。"),
    "session_expired": Kind(401, "Session expired", "Sign in again.", "登录已过期，请重新登录。"),
    "forbidden": Kind(403, "Not allowed", "Your role does not allow this.", "您的角色无权执行此操作。"),
    "foreign_origin": Kind(403, "Foreign origin", "The request comes from another site.", "请求来自其他网站。"),
    "not_found": Kind(404, "Not found", "There is nothing here, or it is not yours to see.",
                      "不存在，或您无权查看。"),
    "method_not_allowed": Kind(405, "Method not allowed", "This address does not take that method.",
                               "此地址不支持该请求方法。"),
    "body_timeout": Kind(408, "Upload too slow", "The upload took too long: try again.", "上传超时，请重试。"),
    "conflict": Kind(409, "Conflict", "This does not fit the present state.", "与当前状态冲突。"),
    "not_ready": Kind(409, "Not ready", "The photo is still being read: try again in a second.",
                      "照片仍在识别，请稍后再试。"),
    "expired": Kind(409, "Expired", "The time for this is over.", "已过期。"),
    "body_too_large": Kind(413, "Body too large", "The request is larger than allowed.", "请求体过大。"),
    "unsupported_media_type": Kind(415, "Unsupported media type", "This type of content is not accepted.",
                                   "不支持此内容类型。"),
    "invalid": Kind(422, "Invalid input", "Some fields are missing or wrong.", "部分字段缺失或有误。"),
    "too_many_requests": Kind(429, "Too many requests", "Too many requests: wait a little.",
                              "请求过于频繁，请稍候。"),
    "internal": Kind(500, "Internal error", "Something went wrong here. Nothing was lost: try again.",
                     "服务器出错，数据未丢失，请重试。"),
    "unavailable": Kind(503, "Unavailable", "The service is not available just now: try again in a few seconds.",
                        "服务暂不可用，请稍后重试。"),
}  # fmt: skip

_CODE_OF_STATUS = {
    400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    408: "body_timeout", 409: "conflict", 413: "body_too_large", 415: "unsupported_media_type", 422: "invalid",
    429: "too_many_requests", 503: "unavailable",
}  # fmt: skip


class Problem(HTTPException):
    """An error of the edge, by its code in `KINDS`; `detail` only where more can be said than the kind says."""

    def __init__(self, code: str, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.code = code
        super().__init__(KINDS[code].status, detail or KINDS[code].en, headers)
        self.said_more = detail is not None


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
    detail: str | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> JSONResponse:
    """A response for `code`; a code outside the table takes `status`'s kind and keeps its name."""
    kind = KINDS.get(code) or KINDS[_CODE_OF_STATUS.get(status or 500, "internal")]
    number = status or kind.status
    text = kind.zh if code in KINDS and wants_chinese(request) else detail or kind.en
    body = problem_body(number, kind.title, text, code, request.url.path, errors)
    return JSONResponse(body, number, dict(headers or {}), PROBLEM_TYPE)


def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return render(request, error.code, error.detail, headers=error.headers)


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODE_OF_STATUS.get(error.status_code, "bad_request" if error.status_code < 500 else "internal")
    return render(request, code, status=error.status_code, headers=error.headers)


def _on_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # The value itself is left out: it may be a password.
    errors = [
        {"field": ".".join(str(part) for part in found["loc"]), "code": found["type"], "message": found["msg"]}
        for found in error.errors()
    ]
    return render(request, "invalid", errors=errors)


def _on_database_away(request: Request, error: Exception) -> JSONResponse:
    log.error("database_unavailable", error=type(error).__name__)
    return render(request, "unavailable", headers={"Retry-After": "5"})


def _on_disk(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    log.error("storage_failed", errno=error.errno)
    return render(request, "unavailable", headers={"Retry-After": "30"})


def install_handlers(app: FastAPI) -> None:
    """Every error of every route leaves through here; the last resort for the unforeseen is `api.edge`."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(away, _on_database_away)
    app.add_exception_handler(OSError, _on_disk)

"""What every request passes first and every response last: id, body limit, headers, log, metrics, last resort."""

import asyncio
import ipaddress
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors.codes import Problem
from api.errors.render import render
from api.metrics import HttpMetrics

log = structlog.get_logger("http")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")  # by a proxy
SECURITY_HEADERS: dict[str, str] = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data:; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
_HTTPS_ONLY = {"strict-transport-security": "max-age=31536000"}


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine alone; False for what is none."""
    try:
        there = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(there, "ipv4_mapped", None) or there).is_loopback


def was_passed_on(request: Request) -> bool:
    """Whether a proxy says that it passes this on for somebody."""
    return any(name in request.headers for name in PASSED_ON)


@dataclass(frozen=True)
class BodyMax:
    """What the body of a request may have: bytes, and seconds until all of it is there."""

    bytes: int
    seconds: float


def limited(receive: Receive, most: BodyMax) -> Receive:
    """`receive`, counting what really arrives, and when: a Content-Length may be missing or may lie."""
    seen, whole, until = 0, False, asyncio.get_running_loop().time() + most.seconds

    async def counted() -> Message:
        nonlocal seen, whole
        try:
            async with asyncio.timeout_at(None if whole else until):
                message = await receive()
        except TimeoutError as error:
            raise Problem("body_timeout", headers={"Connection": "close"}) from error
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if seen > most.bytes:
                raise Problem("body_too_large", headers={"Connection": "close"})
        return message

    return counted


class _Headed:
    """A HEAD request as a GET without its body: once its headers are told, nobody listens any more."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send, self._told = receive, send, False

    async def receive(self) -> Message:
        return {"type": "http.disconnect"} if self._told else await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._send(message)
        elif not self._told:
            self._told = True
            await self._send({"type": "http.response.body", "body": b""})


class Edge:
    """The outermost middleware, plain ASGI: a streamed response stays a stream."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics, body_max: Callable[[str], BodyMax]) -> None:
        self._app, self._metrics, self._body_max = app, metrics, body_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        extra = SECURITY_HEADERS | (_HTTPS_ONLY if scope["scheme"] == "https" else {})
        began, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    *((k.encode(), v.encode()) for k, v in extra.items() if k.encode() not in present),
                ]
                if b"cache-control" not in present:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            if scope["method"] == "HEAD":
                headed = _Headed(receive, send_with_headers)
                as_get = {**scope, "method": "GET"}  # the server goes by its own scope: no body
                await self._answer(request, as_get, headed.receive, headed.send)
                scope["route"] = as_get.get("route")
            else:
                await self._answer(request, scope, receive, send_with_headers)
        except ClientDisconnect:
            pass  # who sent half a body and left; nothing of ours failed
        except Exception as error:
            # The type and the place say what to mend; the message may hold personal data.
            log.error("request_failed", error=type(error).__name__, place=_place_of(error))
            if status == 0:
                await render(request, "internal")(scope, receive, send_with_headers)
        finally:
            self._finish(scope, status, time.perf_counter() - began)
            structlog.contextvars.clear_contextvars()

    async def _answer(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._body_max(scope["path"])
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > most.bytes:
            # Refused before a byte is read; the connection cannot be used again.
            response = render(request, "body_too_large", headers={"Connection": "close"})
            await response(scope, receive, send)
            return
        await self._app(scope, limited(receive, most), send)

    def _finish(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")  # the pattern: no ids in labels or logs
        if scope["path"].startswith("/api/v1/") and not route.startswith("/api/v1"):
            route = f"/api/v1{route}" if route != "other" else route  # a router's own path lacks the prefix
        self._metrics.observe(scope["method"], route, status or 499, seconds)
        if route not in ("/healthz", "/readyz", "/metrics"):
            log.info("request", method=scope["method"], route=route, status=status or 499, ms=round(seconds * 1e3))


def _place_of(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"

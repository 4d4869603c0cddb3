"""New decisions as they are made, as server-sent events."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.audits.schemas import DecisionShort
from api.auth import Caller, SignedInCaller
from api.errors.codes import Problem
from api.errors.documented import SIGNED_IN, problems
from api.services import Given, Services
from crm.access.scope import Scope
from crm.audits import service as audits
from crm.people import sessions
from pipeline.numbers import whole_of

router = APIRouter(tags=["events"])

_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}

STREAM_SECONDS_MAX = 300.0  # then the client connects anew, and is asked again who it is


def _from_now_on(services: Services, scope: Scope) -> audits.Followed:
    with services.database.read(scope) as session:
        return audits.from_now_on(session, scope)


def _since(
    services: Services, scope: Scope, session_id: str, followed: audits.Followed
) -> tuple[list[tuple[int, str]], audits.Followed] | None:
    """(number, JSON) of the decisions that are new, and how far that is; None where the caller's session has ended, or
    goes on in another scope: for another brand, with another role."""
    with services.database.read(scope) as session:
        if not sessions.is_open_in(session, session_id, scope):
            return None
        found, now = audits.decisions_since(session, scope, followed)
        return [(each.no, DecisionShort.model_validate(each).model_dump_json()) for each in found], now


async def _stream(
    request: Request, services: Services, scope: Scope, session_id: str, followed: audits.Followed
) -> AsyncGenerator[str]:
    settings = services.settings
    began = spoke = time.monotonic()
    after = followed.last
    yield f"retry: 1000\nid: {after}\nevent: ready\ndata: {json.dumps({'after': after})}\n\n"
    while not request.app.state.stopping and time.monotonic() - began < STREAM_SECONDS_MAX:
        if await request.is_disconnected():
            return
        since = await run_in_threadpool(_since, services, scope, session_id, followed)
        if since is None:
            return
        found, followed = since
        for number, data in found:
            after, spoke = max(after, number), time.monotonic()  # never back: one may come late
            yield f"id: {after}\nevent: decision\ndata: {data}\n\n"
        if time.monotonic() - spoke >= settings.events_heartbeat_seconds:
            spoke = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(settings.events_poll_seconds)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses=_STREAM | problems(*SIGNED_IN),
)
async def events(
    request: Request,
    scope: Caller,
    signed_in: SignedInCaller,
    services: Given,
    last_event_id: Annotated[str | None, Header(description="Resume after this one")] = None,
) -> StreamingResponse:
    """The caller's new decisions. `id` numbers them; a client that connects again misses none,
    and may hear once more of those of the last minute. The stream is no use of a session, and ends with it.

    `event: ready` comes first: what is decided after it will arrive. `event: decision` carries the decision.
    """
    if last_event_id is None or last_event_id == "":
        followed = await run_in_threadpool(_from_now_on, services, scope)
    elif (number := whole_of(last_event_id)) is not None:
        followed = audits.from_number(number)
    else:
        raise Problem(
            "invalid",
            (
                "Last-Event-ID is the id of an event of this stream: pass it unchanged.",
                "Last-Event-ID 是本事件流中某个事件的 id，请原样传入。",
            ),
        )
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _stream(request, services, scope, signed_in.session.id, followed)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

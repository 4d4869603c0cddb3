"""Who says nothing, or takes nothing, holds nothing: neither connections nor memory, nor an upload for ever."""

import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute

from api.server import Patience
from crm.kernel.db import Database
from tests.integration.api.live import served
from tests.integration.api.world import PASSWORD, World, make_world, session_token

HALF = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nX-"
SLOW = (
    b"%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 400\r\nIdempotency-Key: kkkkkkkk\r\n%s\r\n\r\n-"
)
LARGE = 40_000_000  # more than the system takes off our hands
FOR_EVER = 3600.0


def connect(address: str, first: bytes = HALF) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=30)
    made.sendall(first)
    return made


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has ended it; waits for that until the socket's own time is over."""
    try:
        while connection.recv(1 << 20):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def answers(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/healthz").status_code == 200
        signed_in = client.post("/api/v1/session", json={"login": "rep-a", "password": PASSWORD})
        assert signed_in.status_code == 200, signed_in.text


def test_half_sent_requests_leave_room_for_whole_ones(world: World) -> None:
    """3,000 of them used up the descriptors, and nobody could sign in any more."""
    with served(world.app, Patience(20, FOR_EVER)) as address, ExitStack() as stack:
        held = [stack.enter_context(connect(address)) for _ in range(60)]
        answers(address)
        ended, _, _ = select.select(held, [], [], 1)
        assert 40 <= len(ended) < 60


def test_bodies_that_never_end_leave_room_for_whole_requests(world: World) -> None:
    begun = SLOW % (b"POST", b"/api/v1/session", b"application/json", b"X-A: b")
    with served(world.app, Patience(20, FOR_EVER)) as address, ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(connect(address, begun))
        answers(address)


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"G",
        HALF,
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
    ],
)
def test_who_stops_in_the_middle_or_after_an_answer_is_let_go(world: World, first: bytes) -> None:
    with served(world.app, Patience(100, 0.5)) as address, connect(address, first) as connection:
        assert is_closed(connection)


def test_who_drips_his_headers_is_let_go(world: World) -> None:
    def drip(connection: socket.socket) -> None:
        for _ in range(300):
            connection.sendall(b"a")
            time.sleep(0.1)

    with (
        served(world.app, Patience(100, 0.5)) as address,
        connect(address) as connection,
        pytest.raises(ConnectionError),
    ):
        drip(connection)


def large(app: FastAPI) -> None:
    app.router.routes.insert(0, APIRoute("/large", lambda: Response(bytes(LARGE))))


def test_who_takes_no_answer_is_let_go(world: World) -> None:
    large(world.app)
    with (
        served(world.app, Patience(100, FOR_EVER, 0.5)) as address,
        connect(address, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as connection,
    ):
        time.sleep(4)  # a look a second
        taken = 0
        with suppress(ConnectionError):
            while got := len(connection.recv(1 << 20)):
                taken += got
    assert taken < LARGE  # what the system had taken off our hands


def test_who_takes_an_answer_slowly_gets_all_of_it(world: World) -> None:
    large(world.app)
    with (
        served(world.app, Patience(100, FOR_EVER, 2)) as address,
        connect(address, b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as connection,
    ):
        taken = 0
        while got := len(connection.recv(1 << 18)):
            taken += got
            time.sleep(0.03)
    assert taken > LARGE


@pytest.fixture
def hasty(database: Database) -> World:
    return make_world(database, lambda settings: replace(settings, body_seconds_max=1))


def bodies(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Method, path and type of every route that takes a body."""
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            for mime in operation.get("requestBody", {}).get("content", {}):
                yield method.upper(), path.format_map(dict.fromkeys(re.findall(r"{(\w+)}", path), "x")), mime


def test_every_route_that_takes_a_body_waits_for_it_only_so_long(hasty: World) -> None:
    found = sorted(bodies(hasty.app))
    assert {("POST", "/api/v1/photos", "multipart/form-data"), ("POST", "/api/v1/session", "application/json")} < set(
        found
    )
    with served(hasty.app, Patience(100, FOR_EVER)) as address, ExitStack() as stack:
        waiting = {}
        for method, path, mime in found:
            login = "rep-a" if path.endswith("/photos") else "manager"
            token = f"Authorization: Bearer {session_token(hasty.database, hasty.users[login])}"
            given = mime + "; boundary=b" * mime.startswith("multipart")
            first = SLOW % tuple(each.encode() for each in (method, path, given, token))
            waiting[method, path] = stack.enter_context(connect(address, first))
        told = {route: connection.makefile("rb").readline().split()[1] for route, connection in waiting.items()}
    assert told == dict.fromkeys(waiting, b"408")

"""The HTTP server: uvicorn, with an end to the patience with which it waits for a client.

uvicorn itself waits for ever for the headers of a request and for who takes an answer, as often as somebody likes to
connect: a few thousand half-sent requests use up the descriptors of the process, and it opens no file any more.
Which address they come from is not counted: behind one a whole office, or a mobile carrier, may stand.
"""

import asyncio
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

DRAIN_SECONDS = 5  # for requests that are under way when the process is told to stop
HEADER_BYTES_MAX = 16 * 1024
DESCRIPTORS_MAX = 65_536
_RESERVE = 256  # descriptors: database, photos, standard streams, what libraries hold
_TAKEN_BYTES_MIN = 64 * 1024  # of a waiting answer, or all of it, in each `taking_seconds`: 2 kB a second


@dataclass(frozen=True)
class Patience:
    """What one process bears. connections: at once. header_seconds: for the headers of a request, from the connection
    or the last answer on. taking_seconds: in which some of an answer must be taken."""

    connections: int
    header_seconds: float = 20.0
    taking_seconds: float = 30.0


def patience() -> Patience:
    """As much as the process has descriptors for, after as many as it may have are asked for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = DESCRIPTORS_MAX if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_MAX)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    # Half: as many may be accepted before the first of them is looked at.
    return Patience(max(16, min(4096, (allowed - _RESERVE) // 2)))


class Connection(H11Protocol):
    """One connection, and since when it is the client's turn."""

    def __init__(self, *args: Any, patience: Patience, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._patience = patience
        self._since = self.loop.time()
        self._untaken: tuple[float, int] | None = None  # since when, and bytes of answers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Where there are too many, those go that have kept us waiting for longest: several, since a look is costly."""
        super().connection_made(transport)
        if len(self.connections) > self._patience.connections:
            others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
            waiting = sorted((each for each in others if each._turn), key=lambda each: (each._turn, each._since))
            for each in waiting[: 1 + self._patience.connections // 16] or [self]:
                self.connections.discard(each)
                each.transport.abort()

    def on_response_complete(self) -> None:
        self._since = self.loop.time()
        super().on_response_complete()

    def resume_writing(self) -> None:
        self._untaken = None
        super().resume_writing()

    @property
    def _turn(self) -> int:
        """What the client has to send: 1 headers, 2 the rest of a body, 0 nothing."""
        if self.cycle is None or self.cycle.response_complete:
            return 1
        return 2 if self.cycle.more_body and not self.cycle.response_started else 0

    def look(self) -> None:
        """Once a second: end the connection if it has kept us waiting for too long."""
        now, size = self.loop.time(), self.transport.get_write_buffer_size()
        if size:
            self._since = now
            if self._untaken is None or size + _TAKEN_BYTES_MIN <= self._untaken[1]:
                self._untaken = now, size
            elif now - self._untaken[0] > self._patience.taking_seconds:
                self.transport.abort()
            return
        self._untaken = None
        if self._turn == 1 and now - self._since > self._patience.header_seconds:
            self.transport.abort()


class Server(uvicorn.Server):
    """Serves an app with patience, and tells its event streams to end when the process is told to stop: they would keep
    it waiting. `trusted_proxies`: addresses or networks that tell by X-Forwarded-For and -Proto who the client is."""

    def __init__(self, app: FastAPI, patience: Patience, trusted_proxies: Sequence[str] = ()) -> None:
        protocol: Any = partial(Connection, patience=patience)
        super().__init__(uvicorn.Config(
            app, http=protocol, log_config=None, access_log=False, server_header=False,
            proxy_headers=bool(trusted_proxies), forwarded_allow_ips=list(trusted_proxies),
            timeout_graceful_shutdown=DRAIN_SECONDS, timeout_keep_alive=int(patience.header_seconds) + 1,
            h11_max_incomplete_event_size=HEADER_BYTES_MAX, backlog=min(2048, patience.connections),
        ))  # fmt: skip
        self._app = app

    def handle_exit(self, sig: int, frame: Any) -> None:
        self._app.state.stopping = True
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:
            for each in tuple(self.server_state.connections):
                if isinstance(each, Connection):
                    each.look()
        return await super().on_tick(counter)

"""The whole service in this process, on a free port of 127.0.0.1: for the demo, the bench and the tests."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.log import configure_logs
from api.server import Server, patience
from api.settings import load_settings
from cli.serve import Parts, compose, compose_app
from crm.access.session import unscoped
from crm.installation.service import mark_demo
from crm.seeding.world import Seeded, SeedSpec, seed_demo

START_SECONDS_MAX = 60


@dataclass(frozen=True)
class LocalService:
    """Where it listens, what it stands on, and the ids of what was seeded."""

    url: str
    parts: Parts
    seeded: Seeded


@contextmanager
def local_service(var: Path, spec: SeedSpec, password: str) -> Iterator[LocalService]:
    """Serves folder `var`, seeded; every user's password is `password`. Raises what `compose` raises."""
    settings = load_settings({"SHELFPROOF_VAR": str(var), "SHELFPROOF_UPLOADS_PER_MINUTE": "100000"})
    configure_logs("error")
    parts = compose(settings, worker=True)
    seeded = seed_demo(parts.database, spec, dict.fromkeys(spec.logins, password))
    with parts.database.write(unscoped("a demo marks its database")) as session:
        mark_demo(session)
    app = compose_app(parts)
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(app, patience())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="service")
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield LocalService(f"http://127.0.0.1:{listening.getsockname()[1]}", parts, seeded)
    finally:
        app.state.stopping = True
        server.should_exit = True
        thread.join()
        parts.database.dispose()


def _wait_until_started(server: Server, thread: threading.Thread) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise RuntimeError("the service did not start: look at its log with SHELFPROOF_LOG_LEVEL=debug")
        time.sleep(0.02)

"""The app on a real socket, for what a test client in the same thread cannot do."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastapi import FastAPI

from api.server import Patience, Server

PATIENCE = Patience(100)


@contextmanager
def served(app: FastAPI, patience: Patience = PATIENCE, trusted_proxies: Sequence[str] = ()) -> Iterator[str]:
    """The address of `app`, served from a thread until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(app, patience, trusted_proxies)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < until, "the server did not start within 10 s"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        app.state.stopping = True
        server.should_exit = True
        thread.join(10)
        listening.close()

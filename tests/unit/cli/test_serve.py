"""What `shelfproof serve` tells its caller."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from cli import serve


@pytest.mark.parametrize("works", [False, True])
def test_a_service_that_cannot_start_says_so_by_its_exit_status(monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if not works:
            raise RuntimeError("the workflows cannot start")
        yield

    app = FastAPI(lifespan=lifespan)
    parts = SimpleNamespace(database=SimpleNamespace(dispose=lambda: None))
    monkeypatch.setenv("SHELFPROOF_SECRET", "s" * 40)
    monkeypatch.setattr(serve, "compose", lambda settings, worker: parts)
    monkeypatch.setattr(serve, "compose_app", lambda parts: app)
    if works:  # told to stop as soon as it runs
        monkeypatch.setattr(serve._Server, "on_tick", lambda self, counter: _stopped())
    assert serve.serve("127.0.0.1", 0, worker=False) == (serve.OK if works else serve.FAILED)


async def _stopped() -> bool:
    return True

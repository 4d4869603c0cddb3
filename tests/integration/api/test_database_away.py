"""A database that is away is said and loses nothing: when it is back, the same requests go through, once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, make_url, select, text

from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision
from crm.kernel.db import Database, WriteSession
from crm.ledger.checks import check_ledger
from crm.ledger.tables import Entry
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem, nothing_stored
from tests.integration.api.world import REWARD_FEN, World, photo_bytes

Act = Callable[[str], Actor]
on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has none
Away = Callable[[], AbstractContextManager[None]]


def hang_up(admin: Engine, name: str) -> None:
    """End all connections to a PostgreSQL database, as its server does when it stops."""
    with admin.connect() as connection:
        ended = connection.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
        )
        assert ended.all()


@contextmanager
def file_away(database: Database, path: Path) -> Iterator[None]:
    """A SQLite database whose file cannot be opened."""
    aside = path.with_name("aside.db")
    database.dispose()
    path.rename(aside)
    path.mkdir()
    yield
    path.rmdir()
    aside.rename(path)


@contextmanager
def server_away(admin: Engine, name: str) -> Iterator[None]:
    """A PostgreSQL database that has hung up and takes no calls."""
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
    try:
        hang_up(admin, name)
        yield
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))


@pytest.fixture
def away(world: World, request: pytest.FixtureRequest) -> Away:
    """`with away():` the database of the world is not there."""
    name = str(make_url(request.getfixturevalue("database_url")).database)
    if world.database.dialect == "sqlite":
        return lambda: file_away(world.database, Path(name))
    admin: Engine = request.getfixturevalue("postgres_admin")
    return lambda: server_away(admin, name)


def paid_once(world: World) -> None:
    with world.database.read() as s:
        for table in (Photo, Decision):
            assert s.scalar(select(func.count()).select_from(table)) == 1
        assert s.scalars(select(Entry.kind).where(Entry.kind == "award")).all() == ["award"]
        assert check_ledger(s) == []


def test_it_is_said_and_the_same_upload_goes_through_later(
    world: World, client: TestClient, act: Act, away: Away
) -> None:
    rep, photo = act("rep-a"), photo_bytes()
    fields = rep.ready()
    assert client.get("/readyz").status_code == 200
    with away():
        for response in (
            client.get("/readyz"),
            rep.upload(fields, photo),
            rep.get("/wallet"),
            client.post("/api/v1/session", json={"login": "rep-a", "password": "x"}),
        ):
            is_problem(response, 503, "unavailable")
            assert response.headers["retry-after"] == "5"
        assert client.get("/healthz").status_code == 200
        assert "shelfproof_requests_total" in client.get("/metrics").text
    assert client.get("/readyz").status_code == 200
    nothing_stored(world)
    assert [rep.upload(fields, photo).status_code for _ in range(2)] == [202, 202]
    assert rep.get("/wallet").json()["balance_fen"] == REWARD_FEN
    paid_once(world)


@on_a_server
def test_nobody_notices_a_server_that_hung_up_between_two_requests(
    world: World, act: Act, postgres_admin: Engine, database_url: str
) -> None:
    rep = act("rep-a")
    fields = rep.ready()
    hang_up(postgres_admin, str(make_url(database_url).database))
    assert rep.upload(fields).status_code == 202
    paid_once(world)


@on_a_server
def test_a_server_that_hangs_up_within_a_transaction_undoes_it(
    world: World, act: Act, postgres_admin: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue, lost = world.workflows.enqueue_audit, []

    def lose_the_line(photo_id: str, s: WriteSession | None = None) -> None:
        enqueue(photo_id, s)
        if not lost:
            hang_up(postgres_admin, str(make_url(database_url).database))
            lost.append(photo_id)

    monkeypatch.setattr(world.workflows, "enqueue_audit", lose_the_line)
    rep, photo = act("rep-a"), photo_bytes()
    fields = rep.ready()
    is_problem(rep.upload(fields, photo), 503, "unavailable")
    assert lost
    nothing_stored(world)
    assert rep.upload(fields, photo).status_code == 202
    paid_once(world)


def test_no_living_worker_is_said(world: World, client: TestClient) -> None:
    world.workflows.trouble = ("no worker is alive: start `shelfproof worker`", "没有运行中的工作进程")
    assert "worker" in is_problem(client.get("/readyz"), 503)["detail"]

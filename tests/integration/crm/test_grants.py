"""On PostgreSQL a role of its own runs the service: it does the whole main job, and cannot change the journal."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from crm.kernel.db import Base, Database
from crm.kernel.photo_store import open_store
from crm.ledger.checks import check_ledger
from crm.migrations import OldSchemaError, upgrade
from crm.migrations.grants import DELETED, RoleError, grant
from crm.people import service as people
from crm.workflows.fakes import FakeVision
from crm.workflows.runtime import Workflows, migrate
from tests.integration.api.conftest import Actor
from tests.integration.api.world import REWARD_FEN, make_world
from tests.integration.crm.world import World, jpeg
from tests.integration.ledger.test_ledger_guards import GUARDED, kept
from tests.integration.workflows.test_failures import HASTE, _hashed_once, decisions, until, upload, working
from tests.integration.workflows.world import COLAS
from tests.open_database import OpenDatabase

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Served:
    """A migrated database: as its owner, who is no superuser, and as the service's role, granted what it needs."""

    owner: Database
    service: Database
    owner_role: str
    role: str


@pytest.fixture(scope="module")
def served(postgres_admin: Engine) -> Iterator[Served]:
    name, password = f"shelfproof_test_{secrets.token_hex(6)}", secrets.token_hex(8)
    owner_role, role = f"{name}_owner", f"{name}_service"
    with postgres_admin.connect() as connection:
        for each in (owner_role, role):
            connection.execute(text(f"CREATE ROLE {each} LOGIN PASSWORD '{password}'"))
        connection.execute(text(f"CREATE DATABASE {name} OWNER {owner_role}"))
    server = postgres_admin.url.set(database=name, password=password)
    owner, service = (
        OpenDatabase(server.set(username=each).render_as_string(hide_password=False)) for each in (owner_role, role)
    )
    upgrade(owner)
    for _ in range(2):  # again, as after each update
        grant(owner, role)
        migrate(owner, role)
    yield Served(owner, service, owner_role, role)
    owner.dispose()
    service.dispose()
    with postgres_admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        for each in (owner_role, role):
            connection.execute(text(f"DROP ROLE {each}"))


@pytest.fixture
def world(served: Served, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(served.service, open_store("memory:"))


def test_the_main_job_runs_as_the_service_s_role(served: Served, world: World) -> None:
    upgrade(served.service)  # as each start does, and finds nothing to do
    with working(world, FakeVision(lambda _: COLAS), HASTE) as workflows:
        photo = upload(world, jpeg(1))
        until(lambda: decisions(world, photo) == [("pass", ["passed"])])
        until(lambda: workflows.problem() is None)
    without = Workflows(world.database, world.store, FakeVision(lambda _: COLAS), worker=False)
    without.start()  # as `serve --no-worker` does
    without.stop()
    assert world.wallet_fen() == 200
    api = make_world(served.service)
    api.workflows.own = {"low": 4, "best": 6, "high": 7}
    with TestClient(api.app, raise_server_exceptions=False) as client:
        rep, auditor = Actor(client, api, "rep-a"), Actor(client, api, "auditor")
        audit = rep.upload(rep.ready()).json()["audit_id"]
        assert auditor.post(f"/reviews/{audit}", {"action": "approve", "reason": "all there"}).status_code == 202
        assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
        manager = Actor(client, api, "manager")
        row = manager.post("/stops", {"kind": "task", "target": api.task, "reason": "looks wrong"}).json()
        assert manager.post(f"/stops/{row['id']}/opening", {"reason": "was right"}).status_code == 200
        wrong = {"login": "rep-a", "password": "wrong"}
        assert client.post("/api/v1/session", json=wrong).status_code == 401
    with served.service.read() as s:
        assert check_ledger(s) == []


STATEMENTS = [
    *(
        statement.format(table.name)
        for table in GUARDED
        for statement in (
            "DELETE FROM {}",
            "TRUNCATE {} CASCADE",
            "ALTER TABLE {} DISABLE TRIGGER ALL",
            "ALTER TABLE {} OWNER TO CURRENT_USER",
            "DROP TABLE {} CASCADE",
            "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
        )
    ),
    *(f"UPDATE {table.name} SET {column} = {column}" for table in GUARDED for column in kept(table)),
    "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
    "SET session_replication_role = replica",
    "DROP FUNCTION ledger_refuse_change() CASCADE",
    "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP SCHEMA public CASCADE",
    "UPDATE alembic_version SET version_num = '0001'",
    "SELECT setval('decision_no_seq', 1)",
    "DELETE FROM audit",
]  # fmt: skip


def test_the_service_s_role_can_change_nothing_of_the_journal(served: Served) -> None:
    allowed = []
    for statement in STATEMENTS:
        try:
            with served.service.write() as s:
                s.execute(text(statement))
            allowed.append(statement)
        except ProgrammingError as error:
            assert getattr(error.orig, "sqlstate", "") == "42501", statement  # noqa: PT017 - the role, not a trigger
    assert allowed == []


def test_a_role_that_could_change_the_journal_is_refused(served: Served, postgres_admin: Engine) -> None:
    for role, why in (
        ("nobody_of_this_name", "there is no role"),
        (str(postgres_admin.url.username), "may too much"),
        (served.owner_role, "owns the tables"),
    ):
        with pytest.raises(RoleError, match=why):
            grant(served.owner, role)
    for right in ("UPDATE (amount_fen)", "TRIGGER", "DELETE"):
        with served.owner.write() as s:
            s.execute(text(f"GRANT {right} ON ledger_posting TO PUBLIC"))
        with pytest.raises(RoleError, match="ledger_posting through PUBLIC"):
            grant(served.owner, served.role)
        with served.owner.write() as s:
            s.execute(text(f"REVOKE {right} ON ledger_posting FROM PUBLIC"))
    with postgres_admin.connect() as connection:
        connection.execute(text(f"GRANT {served.owner_role} TO {served.role}"))
        with pytest.raises(RoleError, match="may become"):
            grant(served.owner, served.role)
        connection.execute(text(f"REVOKE {served.owner_role} FROM {served.role}"))
    grant(served.owner, served.role)


def test_a_schema_that_is_older_asks_for_its_owner(served: Served) -> None:
    with served.owner.write() as s:
        s.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    with pytest.raises(OldSchemaError, match="database upgrade --role"):
        upgrade(served.service)
    with served.owner.write() as s:
        head = max(path.name[:4] for path in (ROOT / "crm/migrations/versions").glob("0*.py"))
        s.execute(text(f"UPDATE alembic_version SET version_num = '{head}'"))
    upgrade(served.service)


def test_sqlite_has_no_roles(sqlite_url: str) -> None:
    database = OpenDatabase(sqlite_url)
    with pytest.raises(RoleError, match="SQLite"):
        grant(database, "anybody")
    database.dispose()


def test_what_is_deleted_anywhere_may_be_deleted() -> None:
    tables = {mapper.class_.__name__: str(mapper.local_table.name) for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    source = "\n".join(path.read_text() for part in ("crm", "api", "cli") for path in (ROOT / part).rglob("*.py"))
    assert {tables[name] for name in re.findall(r"\bdelete\((\w+)\)", source)} == DELETED
    assert not re.search(r"\bs(ession)?\.delete\(", source)

"""Looking for pictures to draw reads the photos that lack them, however many others there are."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest
from sqlalchemy import event, insert, inspect, text

from crm.audits.photos.tables import Photo
from crm.audits.tables import PhotoReading
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, ReadSession
from crm.kernel.ids import new_id
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.workflows.redraw import TRIES_MAX, due_draws, give_up_late
from tests.integration.crm.world import World, jpeg

RETRY_S = 300.0
DRAWN, UNDRAWN = 5000, 20
LOOKS = 5  # at the photo, and at its reading for each bound and the answer
SPAN = timedelta(seconds=RETRY_S * 2**TRIES_MAX)  # in which a try may be due
_hashed_once = lru_cache(hash_password)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    """Photos that were read during all of the span, some of them without pictures."""
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    world = World(database)
    photo = world.send(world.visit(), world.claim(), jpeg(1))
    world.read(photo, jpeg(1))
    columns = {each.key: getattr(photo, each.key) for each in inspect(Photo).column_attrs}
    now, photos = utcnow(), DRAWN + UNDRAWN
    rows = [columns | {"id": new_id(), "idempotency_key": str(n), "state": "read"} for n in range(photos)]
    for row in rows[:DRAWN]:
        row |= {"picture_key": "bare", "annotated_key": "drawn"}
    read = [
        {"photo_id": row["id"], "audit_id": photo.audit_id, "reading": {}, "flags": [],
         "created_at": now - SPAN * (n % DRAWN / DRAWN)}
        for n, row in enumerate(rows)
    ]  # fmt: skip
    with database.write() as s:
        s.execute(insert(Photo), rows)
        s.execute(insert(PhotoReading), read)
        if database.dialect == "postgresql":
            s.execute(text("ANALYZE"))
    return world


def statements(database: Database, work: Callable[[], object]) -> list[tuple[str, Any]]:
    """What `work` has the database do, and with which values."""
    sent = list[tuple[str, Any]]()

    def heard(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", heard)
    work()
    event.remove(database.engine, "before_cursor_execute", heard)
    return [(statement, values) for statement, values in sent if "photo" in statement]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of a plan of PostgreSQL, itself and all below it."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


def test_a_look_reads_what_lacks_pictures_and_no_more(world: World) -> None:
    database, now = world.database, utcnow() + timedelta(seconds=2 * RETRY_S)
    found = dict[str, str]()

    def look() -> None:
        with database.read() as s:
            found.update(due_draws(s, now, RETRY_S))
        give_up_late(database, now, RETRY_S)

    sent = statements(database, look)
    assert len(found) == UNDRAWN + 1
    assert [statement.split()[0] for statement, _ in sent] == ["SELECT", "SELECT"]  # nothing is written
    for statement, values in sent:
        with database.read() as s:
            if database.dialect == "sqlite":
                assert walked(s, statement, values) == {
                    "SCAN photo USING INDEX ix_photo_undrawn",
                    "SEARCH photo_reading USING INDEX sqlite_autoindex_photo_reading_1",
                }
            else:
                kinds, rows = read_by(s, statement, values)
                assert "Seq Scan" not in kinds
                assert rows <= LOOKS * (UNDRAWN + 1)


def walked(s: ReadSession, statement: str, values: Any) -> set[str]:
    """The ways on which SQLite comes to rows."""
    steps = s.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    told = {" ".join(step.detail.replace(" COVERING", "").split()[:5]) for step in steps}
    return {each for each in told if each.startswith(("SCAN", "SEARCH"))}


def read_by(s: ReadSession, statement: str, values: Any) -> tuple[set[str], int]:
    """What nodes PostgreSQL's plan has, and how many rows they read from tables and indexes."""
    [[told]] = s.connection().exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    plan = list(nodes(told[0]["Plan"]))
    read = (
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in plan
        if "Relation Name" in node
    )
    return {node["Node Type"] for node in plan}, sum(read)

"""The migrations make the schema that the tables describe, from nothing, with all that guards it."""

import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from crm.access.tables import Trail
from crm.audits import service as audits
from crm.audits.tables import PhotoBand, PhotoUnsought
from crm.catalog.enrolling import trial_key
from crm.kernel.db import Database
from crm.ledger.checks import check_ledger
from crm.ledger.legs import Leg, body_sha256
from crm.migrations import upgrade
from crm.people.tables import Membership, SignInSession, User
from crm.schema import metadata
from crm.visits.tables import Visit
from pipeline.intake.hash_bands import hash_bands
from pipeline.intake.perceptual_hash import HASH_BYTES
from tests.integration.crm.world import COLA_BLOCK, World, jpeg
from tests.open_database import OpenDatabase


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = OpenDatabase(f"sqlite:///{tmp_path / 'new.db'}")
        yield database
        database.dispose()
        return
    admin: Engine = request.getfixturevalue("postgres_admin")
    name = f"shelfproof_test_{secrets.token_hex(6)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = OpenDatabase(admin.url.set(database=name).render_as_string(hide_password=False))
    yield database
    database.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def shape(database: Database) -> dict[str, object]:
    """Columns, keys, indexes and checks of every table, by name."""
    seen = inspect(database.engine)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            "key": seen.get_pk_constraint(table),
            "foreign": sorted(seen.get_foreign_keys(table), key=str),
            "indexes": sorted((_plain(index) for index in seen.get_indexes(table)), key=str),
            "unique": sorted(seen.get_unique_constraints(table), key=str),
            "checks": sorted(seen.get_check_constraints(table), key=str),
            "guards": guards(database, table),
        }
        for table in metadata.tables
    }


def guards(database: Database, table: str) -> list[str]:
    """What the triggers of a table say, by name."""
    wanted = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table ORDER BY name"
    if database.dialect == "postgresql":
        wanted = (
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal ORDER BY tgname"
        )
    with database.read() as s:
        return [str(each) for each in s.scalars(text(wanted), {"table": table})]


def _plain(index: Any) -> dict[str, str]:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {name: str(value) for name, value in {**index, "dialect_options": options}.items()}


def test_migrations_and_tables_agree(nothing: Database, request: pytest.FixtureRequest) -> None:
    upgrade(nothing)
    by_tables = OpenDatabase(request.getfixturevalue("sqlite_url" if nothing.dialect == "sqlite" else "postgres_url"))
    with nothing.engine.connect() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    assert shape(nothing) == shape(by_tables)
    by_tables.dispose()


def test_upgrading_again_or_at_once_does_no_harm(nothing: Database) -> None:
    failed: list[BaseException] = []

    def run() -> None:
        another = OpenDatabase(nothing.url.render_as_string(hide_password=False))
        try:
            upgrade(another)
        except BaseException as error:
            failed.append(error)
        finally:
            another.dispose()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    upgrade(nothing)
    assert failed == []
    with nothing.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_the_main_job_runs_on_a_migrated_database_whose_decisions_cannot_be_changed(nothing: Database) -> None:
    upgrade(nothing)
    world = World(nothing)
    paid = world.audited(jpeg(1))
    assert paid.outcome == "pass"
    with nothing.write() as s:  # a kind that the first schema did not know
        assert audits.reverse(s, world.scope("mia"), paid.audit_id, "a slip").kind == "reverse"
    for statement in ("UPDATE decision SET amount_fen = 9", "DELETE FROM decision", "DELETE FROM ledger_posting"):
        with pytest.raises(DBAPIError, match="append-only"), nothing.write() as s:
            s.execute(text(statement))


def test_versions_published_before_reward_one_display(nothing: Database) -> None:
    upgrade(nothing, "0002")
    now = "'2026-01-01 00:00:00+00:00'"
    with nothing.write() as s:
        s.execute(text(f"INSERT INTO organisation VALUES ('b', 'brand', 'B', '', {now})"))
        s.execute(
            text(
                "INSERT INTO task VALUES ('t', 'b', 'T', 'T', '', '', '', 'month', "
                f"{now}, '2027-01-01 00:00:00+00:00', 72, 'open', 'a', {now})"
            )
        )
        s.execute(text(f"INSERT INTO task_version VALUES ('v', 't', 1, '{{}}', {now}, NULL)"))
    upgrade(nothing)
    with nothing.read() as s:
        assert s.execute(text("SELECT id, displays_max FROM task_version")).all() == [("v", 1)]
    with pytest.raises(DBAPIError, match="displays_max"), nothing.write() as s:
        s.execute(text("UPDATE task_version SET displays_max = 0"))


def test_skus_enrolled_before_are_on_trial_with_their_pictures(nothing: Database) -> None:
    upgrade(nothing, "0008")
    pictures = '[{"sha256": "b"}, {"sha256": "a"}, {"sha256": "a"}]'
    with nothing.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO organisation (id, kind, name, name_zh, created_at) VALUES ('o', 'brand', 'B', '', :now)"),
            {"now": "2026-11-01 00:00:00"},
        )
        connection.execute(
            text(
                "INSERT INTO enrolment (id, brand_id, number, code, own, pictures, warnings, embedding, embedder, "
                "created_at) VALUES ('e', 'o', 1, 'lime', :own, :pictures, '[]', :embedding, '3', :now)"
            ),
            {"own": True, "pictures": pictures, "embedding": b"", "now": "2026-11-01 00:00:00"},
        )
    upgrade(nothing)
    with nothing.engine.connect() as connection:
        assert connection.execute(text("SELECT trial FROM enrolment")).scalar_one() == trial_key("lime", "3", "ab")


def test_of_visits_that_were_opened_twice_the_newest_stays_open(nothing: Database) -> None:
    upgrade(nothing, "0012")
    times = {hour: f"2026-11-01 {hour}:00:00+00:00" for hour in ("08", "09", "10")}
    visits = {  # outlet, came, left
        "1": ("o", "08", None), "2": ("o", "09", None), "3": ("o", "10", None), "4": ("o", "08", "09"),
        "5": ("p", "08", None),
    }  # fmt: skip
    with nothing.engine.begin() as connection:
        _without_references(connection, nothing)
        for visit_id, (outlet, came, left) in visits.items():
            connection.execute(
                text(
                    "INSERT INTO visit (id, brand_id, user_id, outlet_id, checked_in_at, checked_out_at, created_at) "
                    "VALUES (:id, 'b', 'u', :outlet, :came, :left, :came)"
                ),
                {"id": visit_id, "outlet": outlet, "came": times[came], "left": times[left] if left else None},
            )
    upgrade(nothing)
    with nothing.read() as s:
        ended = s.execute(text("SELECT id FROM visit WHERE checked_out_at IS NOT NULL ORDER BY id")).scalars().all()
        assert ended == ["1", "2", "4"]
        left = s.scalars(select(Visit.checked_out_at).order_by(Visit.id)).all()
        assert [at.hour if at else None for at in left] == [10, 10, None, 9, None]


def test_photos_of_which_nothing_is_decided_are_still_to_be_compared(nothing: Database) -> None:
    upgrade(nothing, "0018")
    now = "2026-11-01 00:00:00+00:00"
    photos = {  # state of the photo, state of its audit, flags of the decision on it
        "1": ("received", "reading", None), "2": ("read", "reading", None), "3": ("unreadable", "open", None),
        "4": ("read", "decided", "[]"), "5": ("read", "in_review", '[{"code": "near_duplicate"}]'),
        "6": ("read", "in_review", '[{"code": "photo_gone"}]'),
    }  # fmt: skip
    with nothing.engine.begin() as connection:
        _without_references(connection, nothing)
        _insert(connection, "organisation", id="b", kind="brand", name="B", name_zh="", created_at=now)
        for name, (state, audit_state, flags) in photos.items():
            _insert(connection, "audit", id=name, brand_id="b", user_id="u", visit_id="v", claim_id="c", task_id="t",
                    task_version_id="x", outlet_id="o", display="1", period_key="k", photos_expected=1,
                    photos_received=1, state=audit_state, created_at=now, updated_at=now)  # fmt: skip
            _insert(connection, "photo", id=name, brand_id="b", user_id="u", audit_id=name, idempotency_key=name,
                    sha256=name, size_bytes=1, mime="image/jpeg", width=1, height=1, received_at=now,
                    state=state)  # fmt: skip
            if flags is not None:
                _insert(connection, "decision", id=name, audit_id=name, brand_id="b", user_id="u", task_version_id="x",
                        seq=1, kind="automatic", outcome="review", amount_fen=0, reasons="[]", verdict="{}", facts="{}",
                        flags=flags, names="{}", models="{}", thresholds="", comment="", created_at=now)  # fmt: skip
    upgrade(nothing)
    with nothing.read() as s:
        assert s.scalars(select(PhotoUnsought.photo_id).order_by(PhotoUnsought.photo_id)).all() == ["2", "3", "6"]


def test_bands_are_made_anew_of_the_hashes(nothing: Database) -> None:
    upgrade(nothing, "0020")
    hashes = {f"{number:04d}": np.random.default_rng(number).bytes(HASH_BYTES) for number in range(5)}
    now = "2026-11-01 00:00:00+00:00"
    with nothing.engine.begin() as connection:
        _without_references(connection, nothing)
        _insert(connection, "organisation", id="b", kind="brand", name="B", name_zh="", created_at=now)
        for name, value in {**hashes, "9": None}.items():
            _insert(connection, "photo", id=name, brand_id="b", user_id="u", audit_id="a", idempotency_key=name,
                    sha256=name, size_bytes=1, mime="image/jpeg", width=1, height=1, received_at=now, state="read",
                    perceptual_hash=value)  # fmt: skip
        _insert(connection, "photo_band", brand_id="b", band_no=15, value=3, photo_id="0001")
    upgrade(nothing)
    columns = PhotoBand.photo_id, PhotoBand.band_no, PhotoBand.value, PhotoBand.quarter
    with nothing.read() as s:
        kept = s.execute(select(*columns).order_by(*columns)).all()
    expected = []
    for name, value in hashes.items():
        bands = hash_bands(value)
        expected += [(name, no, *both) for no, both in enumerate(zip(bands.values, bands.quarters, strict=True))]
    assert [tuple(row) for row in kept] == expected


def test_claims_that_hold_reserve_what_the_budget_covers(nothing: Database) -> None:
    upgrade(nothing, "0018")
    then, legs = "2026-11-01 00:00:00+00:00", (Leg("a", 1500), Leg("f", -1500))
    claims = {"1": ("active", "2098"), "2": ("active", "2098"), "3": ("active", "2020"), "4": ("done", "2098")}
    with nothing.engine.begin() as connection:
        _without_references(connection, nothing)
        for account, kind, leg in zip("af", ("budget", "funding"), legs, strict=True):
            _insert(connection, "ledger_account", id=account, kind=kind, owner_id="t", balance_fen=leg.amount_fen,
                    postings=1, created_at=then)  # fmt: skip
        _insert(connection, "ledger_entry", id="e", key="first", body_sha256=body_sha256("funding", "", legs, None),
                kind="funding", memo="", created_at=then)  # fmt: skip
        for leg in legs:
            _insert(connection, "ledger_posting", id=leg.account_id, entry_id="e", account_id=leg.account_id,
                    amount_fen=leg.amount_fen, number=1, balance_fen=leg.amount_fen)  # fmt: skip
        _insert(connection, "task", id="t", brand_id="b", code="T", name="T", name_zh="", description="",
                description_zh="", period="month", starts_at=then, ends_at="2099-01-01 00:00:00+00:00", claim_hours=72,
                state="open", budget_account_id="a", created_at=then)  # fmt: skip
        _insert(connection, "task_version", id="v", task_id="t", number=1, rules=json.dumps(COLA_BLOCK.as_dict()),
                published_at=then, displays_max=4)  # fmt: skip
        for claim_id, (state, year) in claims.items():
            _insert(connection, "claim", id=claim_id, brand_id="b", task_id="t", task_version_id="v",
                    outlet_id=claim_id, user_id="u", state=state, claimed_at=then,
                    expires_at=f"{year}-01-01 00:00:00+00:00")  # fmt: skip
    upgrade(nothing)
    with nothing.read() as s:
        assert s.execute(text("SELECT id FROM claim WHERE reserves")).scalars().all() == ["1"]
        held = s.execute(text("SELECT kind, owner_id, balance_fen FROM ledger_account ORDER BY kind")).all()
        assert held == [("budget", "t", 300), ("funding", "t", -1500), ("reserved", "1", 1200)]
        assert check_ledger(s) == []


def _without_references(connection: Connection, database: Database) -> None:
    """Rows may refer to none, until the transaction ends."""
    if database.dialect == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for each in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN"):
        connection.exec_driver_sql(each)


def _insert(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(values)
    connection.execute(
        text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values
    )


def test_users_serve_the_brand_that_they_served_and_what_was_done_to_them_is_in_the_trail(nothing: Database) -> None:
    upgrade(nothing, "0018")
    now = "'2026-11-01 00:00:00+00:00'"
    organisations = f"('b', 'brand', 'B', '', {now}), ('d', 'dealer', 'D', '', {now})"
    told = "id, login, name, role, brand_id, dealer_id, password_hash, active, created_at"
    users = f"('u', 'an', 'An', 'rep', 'b', 'd', 'x', true, {now})"
    users += f", ('r', 'root', 'R', 'admin', NULL, NULL, 'x', true, {now})"
    with nothing.engine.begin() as connection:
        for statement in (
            f"INSERT INTO organisation (id, kind, name, name_zh, created_at) VALUES {organisations}",
            f"INSERT INTO user_account ({told}) VALUES {users}",
            f"INSERT INTO sign_in_session VALUES ('s', 'u', {now}, {now}, {now})",
            "INSERT INTO account_event (id, user_id, brand_id, kind, fields, by_user_id, operator, created_at) VALUES "
            f"('e', 'u', 'b', 'changed', '[\"name\"]', 'r', NULL, {now})",
        ):
            connection.execute(text(statement))
    upgrade(nothing)
    with nothing.read() as s:
        people = s.scalars(select(User).order_by(User.login)).all()
        assert [(each.role, each.dealer_id) for each in people] == [("rep", "d"), ("admin", None)]
        assert [(each.user_id, each.brand_id) for each in s.scalars(select(Membership))] == [("u", "b")]
        assert s.scalars(select(SignInSession.brand_id)).all() == ["b"]
        [kept] = s.scalars(select(Trail)).all()
    told_of = (kept.kind, kept.action, kept.subject_id, kept.brand_id, kept.dealer_id, kept.fields, kept.by_user_id)
    assert told_of == ("user", "changed", "u", "b", "d", ["name"], "r")
    with pytest.raises(DBAPIError, match="dealer"), nothing.write() as s:
        s.execute(text("UPDATE user_account SET dealer_id = NULL WHERE id = 'u'"))
    with nothing.write() as s:
        s.execute(text("UPDATE user_account SET role = 'operator' WHERE id = 'u'"))

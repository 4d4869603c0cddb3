"""The database: engine and transactions.

One request, task or workflow step is one transaction: `Database.read(reach)` or `Database.write(reach)` opens it and
ends it; services receive the session and never commit. On SQLite a writing transaction takes the write lock
at its beginning (`BEGIN IMMEDIATE`), because one that reads first and writes later would fail, not wait, when
another wrote in between; a reading one is made read-only by the database itself, on both databases.
"""

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Never, Protocol, TypeVar, TypeVarTuple, overload

import sqlalchemy
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    Result,
    ScalarResult,
    create_engine,
    event,
    func,
    or_,
    select,
)
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeDecorator

from crm.kernel.bits import for_sqlite
from crm.kernel.clock import is_system_clock, utcnow
from crm.kernel.reach import BoundSession, Reach

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_MODE = "shelfproof_mode"  # execution option: 'read', 'write', or absent for schema changes
_MADE_AFTER = "shelfproof_disposals"  # what a connection remembers: how often all were closed before it was made
_BUSY_MS_MAX = 15_000
_IDLE_MS_MAX = 300_000  # PostgreSQL; our transactions wait for nothing but the database, for moments
AHEAD_MAX = timedelta(minutes=1)  # clocks of machines that work together differ by less


def now_of(s: "ReadSession") -> datetime:
    """The time by the clock of the database, which all its machines share; aware, UTC. That of this machine on SQLite,
    and where another clock is in use."""
    if not on_postgresql(s) or not is_system_clock():
        return utcnow()
    told: datetime = s.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True)))).one()
    return told.astimezone(UTC)


def on_postgresql(s: "ReadSession") -> bool:
    """Whether a session's database is PostgreSQL, and not SQLite."""
    return isinstance(s, Session) and s.get_bind().dialect.name == "postgresql"


def is_over(stored: ColumnElement[datetime] | InstrumentedAttribute[datetime], before: datetime) -> ColumnElement[bool]:
    """Whether a stored time lies before `before`, or so far ahead of now that the clock was wrong when it was stored:
    what waits for such a time to pass would wait for as long as the clock was ahead."""
    return or_(stored < before, stored > utcnow() + AHEAD_MAX)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite, which has no time zones, stores the UTC reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored: give an aware datetime")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Text on both databases: order of keys and form of numbers come back as they went in; replay relies on it.
JSON = sqlalchemy.JSON(none_as_null=True)


class Base(DeclarativeBase):
    """All tables; constraints get names, so that migrations can address them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


WriteSession = Session
"""A session of `Database.write()`: all that SQLAlchemy's has. Accepted wherever a ReadSession is."""


class ReadSession(Protocol):
    """What a reading function may do with a session: nothing that changes a row."""

    @overload
    def execute(self, statement: TypedReturnsRows[*Ts], params: Any = None) -> Result[*Ts]: ...
    @overload
    def execute(self, statement: Executable, params: Any = None) -> Result[*tuple[Any, ...]]: ...

    @overload
    def scalar(self, statement: TypedReturnsRows[Never], params: Any = None) -> Any | None: ...
    @overload
    def scalar(self, statement: TypedReturnsRows[T], params: Any = None) -> T | None: ...
    @overload
    def scalar(self, statement: Executable, params: Any = None) -> Any: ...

    @overload
    def scalars(self, statement: TypedReturnsRows[T], params: Any = None) -> ScalarResult[T]: ...
    @overload
    def scalars(self, statement: Executable, params: Any = None) -> ScalarResult[Any]: ...

    def get(self, entity: type[T], ident: Any) -> T | None: ...


def parse_url(url: str) -> URL:
    """The address of a database, with the driver that we ship; ValueError for one that we do not support."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("an in-memory SQLite is seen by one thread only: name a file, sqlite:///var/shelfproof.db")
    elif backend != "postgresql":
        raise ValueError(f"the database {backend} is not supported: use sqlite:///FILE or postgresql://…")
    return parsed


def make_engine(url: str) -> Engine:
    """An engine for `url`, with the transaction behaviour that the top of this module describes.

    Its errors, which libraries log whole, name no values: those may be personal data.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def _plainly(connection: Any, _record: Any) -> None:
            # Our statements are short and many at a time: helpers and compiled plans cost more than they save.
            connection.execute("SET max_parallel_workers_per_gather = 0")
            connection.execute("SET jit = off")
            # A machine that loses its power or its network in a transaction would hold its locks for hours, until the
            # server asks whether it is there: a stop would wait for them, and all decisions of the brand for the stop.
            connection.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_MS_MAX}")
            connection.commit()

        return engine
    assert parsed.database is not None
    path = Path(parsed.database)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": _BUSY_MS_MAX / 1000}, pool_size=10, max_overflow=10, hide_parameters=True
    )

    @event.listens_for(engine, "do_connect")
    def _own(*_: Any) -> None:
        keep_private(path)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is below
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS_MAX}")
        _switch_to_wal(connection)
        # synchronous=FULL: a decision that a rep has seen survives a power cut. recursive_triggers: what a REPLACE
        # deletes is deleted under the eyes of the delete triggers.
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "recursive_triggers=ON"):
            connection.execute(f"PRAGMA {pragma}")
        for_sqlite(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(_MODE)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if mode == 'read' else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if mode == "read" else "BEGIN IMMEDIATE")

    return engine


def keep_private(path: Path) -> None:
    """Make a SQLite file, where it is missing, for its owner alone, and take others' rights from one of ours; SQLite
    gives the files that it makes beside it the same rights."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError):
            found = each.stat()
            if found.st_mode & 0o077 and found.st_uid == os.geteuid():
                each.chmod(0o600)


def _switch_to_wal(connection: Any) -> None:
    """SQLite does not wait by itself for another connection that is just switching a new file too."""
    latest = time.monotonic() + _BUSY_MS_MAX / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > latest:
                raise
            time.sleep(0.01)


class Database:
    """The one way to a session; `engine` is for schema changes, `write_engine` for the workflow engine."""

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.engine = make_engine(url)
        self.write_engine = self.engine.execution_options(**{_MODE: "write"})
        snapshot = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        read_only = {} if self.dialect == "sqlite" else snapshot
        self._read_engine = self.engine.execution_options(**{_MODE: "read"}, **read_only)
        self._disposals = 0
        event.listen(self.engine, "connect", self._made)
        event.listen(self.engine, "checkin", self._given_back)

    @property
    def dialect(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self.url.get_backend_name()

    @contextmanager
    def read(self, reach: Reach) -> Generator[ReadSession]:
        """One read-only transaction, which sees one state of the database from its first query to its last, and of it
        what `reach` holds."""
        with BoundSession(self._read_engine, reach, autoflush=False) as session, session.begin():
            yield session
        reach.told(session, self.write(reach))

    @contextmanager
    def write(self, reach: Reach) -> Generator[WriteSession]:
        """One transaction within `reach`: committed when the block ends, rolled back when it raises."""
        with BoundSession(self.write_engine, reach) as session, session.begin():
            yield session
            reach.told(session, nullcontext(session))

    def sessions(self, reach: Reach) -> sessionmaker[BoundSession]:
        """For the workflow engine, which opens and ends the transactions of its steps itself."""
        return sessionmaker(class_=BoundSession, reach=reach)

    def create_all(self) -> None:
        """Make every table that is known to `Base` (tests; an installation uses `crm.migrations`)."""
        Base.metadata.create_all(self.engine)

    def dispose(self) -> None:
        """Close all connections: those in use as soon as they are given back, such as by work that a stop left behind.
        What comes after makes new ones."""
        self._disposals += 1
        self.engine.dispose()

    def _made(self, _connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_MADE_AFTER] = self._disposals

    def _given_back(self, connection: Any, record: ConnectionPoolEntry) -> None:
        # Its pool is gone: there it would lie open until the collector finds it.
        if connection is not None and record.info.get(_MADE_AFTER) != self._disposals:
            record.invalidate()

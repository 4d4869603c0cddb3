"""Sessions find only what their reach holds, whatever form a statement has. On tables of the test's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import (
    Engine,
    ForeignKey,
    column,
    create_engine,
    delete,
    exists,
    func,
    insert,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, mapped_column, relationship, selectinload
from sqlalchemy.pool import StaticPool

from crm.access.policy import UnregisteredError, everything, of_brand, register, through
from crm.access.session import CallersReach, UnfilteredError, unscoped
from crm.kernel.reach import BeyondReachError, BoundSession


class Own(DeclarativeBase):
    """The tables of this test."""


class Shelf(Own):
    __tablename__ = "reach_shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    brand_id: Mapped[str] = mapped_column()
    fronts: Mapped[list["Front"]] = relationship(back_populates="shelf")


class Front(Own):
    __tablename__ = "reach_front"
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("reach_shelf.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="fronts")


class Number(Own):
    __tablename__ = "reach_number"
    id: Mapped[int] = mapped_column(primary_key=True)


class Forgotten(Own):
    __tablename__ = "reach_forgotten"
    id: Mapped[int] = mapped_column(primary_key=True)


register(Shelf, staff=of_brand, rep=of_brand)
register(Front, staff=through("shelf_id", "reach_shelf"))
register(Number, staff=everything, rep=everything)


@dataclass(frozen=True)
class Caller(CallersReach):
    user_id: str
    role: str
    brand_id: str | None = None
    dealer_id: str | None = None


MINE, THEIRS = Caller("u", "auditor", "x"), Caller("v", "auditor", "y")
REP, ADMIN = Caller("r", "rep", "x"), Caller("a", "admin")


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Shelf 1 with fronts 1 and 3 of brand x, shelf 2 with front 2 of brand y, the numbers 1 and 2."""
    made = create_engine("sqlite://", poolclass=StaticPool)
    Own.metadata.create_all(made)
    with Session(made) as s:
        s.add_all([Shelf(id=1, brand_id="x"), Shelf(id=2, brand_id="y"), Forgotten(id=1), Number(id=1), Number(id=2)])
        s.flush()
        s.add_all([Front(id=1, shelf_id=1), Front(id=2, shelf_id=2), Front(id=3, shelf_id=1)])
        s.commit()
    yield made
    made.dispose()


other = aliased(Shelf)
READS: dict[str, tuple[Any, list[Any], list[Any]]] = {  # the statement, what the auditors of x and of y find
    "rows": (select(Front.id).order_by(Front.id), [1, 3], [2]),
    "count": (select(func.count()).select_from(Front), [2], [1]),
    "count of a subquery": (select(func.count()).select_from(select(Front.id).subquery()), [2], [1]),
    "alias": (select(other.id), [1], [2]),
    "join": (select(Front.id).join(Shelf).order_by(Front.id), [1, 3], [2]),
    "join of an alias": (select(other.id).select_from(Front).join(other, other.id == Front.shelf_id), [1, 1], [2]),
    "join of what is not asked for": (select(Number.id).join(Shelf, Shelf.id == Number.id), [1], [2]),
    "outer join": (select(Shelf.id).select_from(Number).outerjoin(Shelf, Shelf.id == Number.id).order_by(Number.id),
                   [1, None], [None, 2]),
    "outer join of what rests on another": (
        select(Front.id).select_from(Number).outerjoin(Front, Front.id == Number.id).order_by(Number.id),
        [1, None], [None, 2]),
    "exists": (select(Number.id).where(exists().where(Front.id == Number.id)), [1], [2]),
    "not exists": (select(Number.id).where(~exists().where(Front.id == Number.id)), [2], [1]),
    "in": (select(Number.id).where(Number.id.in_(select(Front.shelf_id))), [1], [2]),
    "in a union": (
        select(Number.id).where(Number.id.in_(union_all(select(Shelf.id), select(Front.shelf_id)))), [1], [2]),
    "in the columns": (select(select(func.count(Front.id)).scalar_subquery()).select_from(Number).limit(1), [2], [1]),
    "in the order": (
        select(Number.id).order_by(exists().where(Shelf.id == Number.id).correlate(Number).desc()), [1, 2], [2, 1]),
    "correlated": (
        select(Shelf.id).where(select(func.count(Front.id)).where(Front.shelf_id == Shelf.id).scalar_subquery() > 0),
        [1], [2]),
    "common table": (select(select(Shelf.id).cte().c.id), [1], [2]),
    "union": (union_all(select(Shelf.id), select(Front.shelf_id)), [1, 1, 1], [2, 2]),
}  # fmt: skip


@pytest.mark.parametrize("form", READS)
def test_a_statement_finds_only_what_the_caller_reaches(engine: Engine, form: str) -> None:
    statement, mine, theirs = READS[form]
    for reach, expected in ((MINE, mine), (THEIRS, theirs), (MINE, mine)):  # the second time from SQLAlchemy's cache
        with BoundSession(engine, reach) as s:
            if form == "union":
                with pytest.raises(UnfilteredError):
                    s.scalars(statement).all()
            else:
                assert s.scalars(statement).all() == expected


def test_a_role_without_a_rule_finds_nothing_and_an_admin_all(engine: Engine) -> None:
    for reach, shelves, fronts in ((REP, [1], []), (ADMIN, [1, 2], [1, 2, 3])):
        with BoundSession(engine, reach) as s:
            assert s.scalars(select(Shelf.id).order_by(Shelf.id)).all() == shelves
            assert s.scalars(select(Front.id).order_by(Front.id)).all() == fronts
            assert s.scalars(select(Front.id).join(Shelf).order_by(Front.id)).all() == fronts


def test_rows_by_key_and_by_relationship(engine: Engine) -> None:
    with BoundSession(engine, MINE) as s:
        assert s.get(Front, 2) is None
        shelf = s.get(Shelf, 1)
        assert shelf is not None
        assert [front.id for front in shelf.fronts] == [1, 3]
    with BoundSession(engine, unscoped("a test")) as s:
        theirs = s.get_one(Shelf, 2)
        with MINE.of(s):
            assert theirs.fronts == []
    with BoundSession(engine, MINE) as s:
        with unscoped("a test").of(s):
            assert s.get(Front, 2) is not None
        assert s.get(Front, 2) is None  # though the session has it at hand
        assert s.get(Front, 1) is not None
    with BoundSession(engine, REP) as s:
        shelves = s.scalars(select(Shelf).options(selectinload(Shelf.fronts))).all()
        assert [(each.id, each.fronts) for each in shelves] == [(1, [])]


def test_what_is_updated_and_deleted(engine: Engine) -> None:
    with BoundSession(engine, MINE) as s:
        assert s.execute(update(Front).values(shelf_id=1)).rowcount == 2  # type: ignore[attr-defined]
        assert s.execute(update(Shelf).where(Shelf.id == 2).values(brand_id="x")).rowcount == 0  # type: ignore[attr-defined]
        assert s.execute(delete(Front).where(Front.id.in_([1, 2]))).rowcount == 1  # type: ignore[attr-defined]
        assert s.execute(delete(Number).where(exists().where(Shelf.id == 2))).rowcount == 0  # type: ignore[attr-defined]


Write = Callable[[BoundSession], object]


def _changed(s: BoundSession) -> None:
    with unscoped("a test").of(s):
        shelf = s.get_one(Shelf, 2)
    shelf.brand_id = "x"


def _deleted(s: BoundSession) -> None:
    with unscoped("a test").of(s):
        front = s.get_one(Front, 2)
    s.delete(front)


def _brought(s: BoundSession) -> None:
    with BoundSession(s.get_bind(), unscoped("a test")) as elsewhere:  # type: ignore[arg-type]
        front = elsewhere.get_one(Front, 2)
    s.add(front)
    front.shelf_id = 1


FOREIGN: dict[str, Write] = {
    "a row for another": lambda s: s.add(Shelf(brand_id="y")),
    "a row that rests on another's": lambda s: s.add(Front(shelf_id=2)),
    "a row that is given away": lambda s: setattr(s.get(Shelf, 1), "brand_id", "y"),
    "another's row, loaded without a scope": _changed,
    "another's row, deleted": _deleted,
    "another's row, brought from another session": _brought,
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_written_beyond_the_reach(engine: Engine, what: str) -> None:
    with BoundSession(engine, MINE) as s:
        FOREIGN[what](s)
        with pytest.raises(BeyondReachError):
            s.flush()


def test_what_is_written_within_the_reach(engine: Engine) -> None:
    with BoundSession(engine, MINE) as s:
        s.add(Shelf(id=7, brand_id="x"))
        s.flush()
        s.add(Front(id=7, shelf_id=7))
        s.flush()
        with unscoped("a test").of(s):
            s.add(Shelf(id=8, brand_id="y"))
        s.delete(s.get_one(Front, 7))
        s.flush()
        assert s.get(Shelf, 8) is None


shelves = Shelf.__table__
alias = shelves.alias()
REFUSED: dict[str, tuple[type[Exception], Any]] = {
    "text": (UnfilteredError, text("SELECT * FROM reach_shelf")),
    "text in a statement": (UnfilteredError, select(Number.id).where(text("EXISTS (SELECT 1 FROM reach_shelf)"))),
    "text for rows": (UnfilteredError, select(Shelf).from_statement(text("SELECT * FROM reach_shelf"))),
    "table": (UnfilteredError, select(shelves.c.id)),
    "table in a subquery": (UnfilteredError, select(Number.id).where(Number.id.in_(select(shelves.c.id)))),
    "table in an update": (
        UnfilteredError,
        update(Number).where(Number.id.in_(select(shelves.c.id))).values(id=Number.id),
    ),
    "table joined": (UnfilteredError, select(Number.id).join(shelves, shelves.c.id == Number.id)),
    "table beside its class": (UnfilteredError, select(Shelf.id, select(func.max(shelves.c.id)).scalar_subquery())),
    "alias of a table beside its class": (
        UnfilteredError,
        select(Shelf.id, select(func.max(alias.c.id)).scalar_subquery()),
    ),
    "alias of a table joined to its class": (UnfilteredError, select(Shelf.id).join(alias, alias.c.id == Shelf.id)),
    "a table by its name": (UnfilteredError, select(column("id")).select_from(table("reach_shelf"))),
    "a table by its name, in a subquery": (
        UnfilteredError,
        select(Number.id).where(Number.id.in_(select(column("id")).select_from(table("reach_shelf")))),
    ),
    "exists alone": (UnfilteredError, select(exists().where(Shelf.id == 2))),
    "insert": (UnfilteredError, insert(Shelf).values(brand_id="x")),
    "no policy": (UnregisteredError, select(Forgotten.id)),
    "no policy, joined": (UnregisteredError, select(Number.id).join(Forgotten, Forgotten.id == Number.id)),
    "no policy, in a subquery": (UnregisteredError, select(Number.id).where(exists().where(Forgotten.id == Number.id))),
    "no policy, updated": (UnregisteredError, update(Forgotten).values(id=9)),
    "no policy, deleted": (UnregisteredError, delete(Forgotten)),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("reach", [MINE, ADMIN], ids=["auditor", "admin"])
def test_what_cannot_be_narrowed_is_refused(engine: Engine, reach: Caller, what: str) -> None:
    error, statement = REFUSED[what]
    with BoundSession(engine, reach) as s, pytest.raises(error):
        s.execute(statement)
    with BoundSession(engine, unscoped("a test")) as s:
        s.execute(statement)


BY_KEYS: dict[str, tuple[type[Exception], Write]] = {
    "update": (UnfilteredError, lambda s: s.execute(update(Shelf), [{"id": 2, "brand_id": "x"}])),
    "rows saved": (BeyondReachError, lambda s: s.bulk_save_objects([Shelf(id=9, brand_id="y")])),
    "rows made": (BeyondReachError, lambda s: s.bulk_insert_mappings(Shelf, [{"id": 9, "brand_id": "y"}])),
    "rows changed": (BeyondReachError, lambda s: s.bulk_update_mappings(Shelf, [{"id": 2, "brand_id": "x"}])),
}  # fmt: skip


@pytest.mark.parametrize("what", BY_KEYS)
def test_nothing_is_written_in_bulk(engine: Engine, what: str) -> None:
    error, write = BY_KEYS[what]
    with BoundSession(engine, MINE) as s:
        with pytest.raises(error):
            write(s)
        with unscoped("a test").of(s):
            assert s.execute(select(Shelf.id, Shelf.brand_id).order_by(Shelf.id)).all() == [(1, "x"), (2, "y")]


def test_a_row_beyond_the_reach_is_not_read_anew(engine: Engine) -> None:
    with BoundSession(engine, MINE) as s:
        with unscoped("a test").of(s):
            theirs = s.get_one(Front, 2)
        with pytest.raises(BeyondReachError):
            s.refresh(theirs)
        s.refresh(s.get_one(Front, 1))


def test_the_time_of_the_database_needs_no_table(engine: Engine) -> None:
    with BoundSession(engine, MINE) as s:
        assert s.scalar(select(func.current_timestamp())) is not None

"""For every table: a row of another party is planted, and tried for in every way. From the tables, so that a new one is
tried too."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    LargeBinary,
    String,
    and_,
    delete,
    exists,
    func,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapper, aliased

import crm.schema
from crm.access.policy import STAFF, nobody, policy_of, registered
from crm.access.session import CallersReach, unscoped
from crm.installation.tables import THE_ONE, Installation
from crm.kernel.clock import utcnow
from crm.kernel.db import JSON, Base, Database, UtcDateTime, WriteSession
from crm.people.tables import Organisation

assert crm.schema.metadata is Base.metadata
MAPPERS: Mapping[str, Mapper[Any]] = {each.local_table.name: each for each in Base.registry.mappers}
# What the reps of one brand and dealer share.
SHARED = frozenset({"organisation", "outlet", "catalogue", "product", "task", "task_version"})
# Values that constraints ask for; a callable is given the party.
SPECIAL: dict[str, Any] = {
    "data_grant.dealer_id": lambda party: party.dealer,
    "data_grant.kind": "outlets",
    "audit.photos_expected": 1,
    "claim.state": "released",  # one is active at an outlet
    "decision.amount_fen": 0, "decision.kind": "automatic", "decision.outcome": "pass",
    "ledger_account.kind": "wallet", "ledger_account.owner_id": lambda party: party.key("user_account"),
    "ledger_check.day": lambda party: date(2026, 1, len(party.name)),
    "organisation.kind": "brand",
    "outlet.dealer_id": lambda party: party.dealer, "user_account.dealer_id": lambda party: party.dealer,
    "product.launched_on": date(2020, 1, 1),
    "proposal.kind": "review", "proposal_answer.answer": "confirmed",
    "stop.kind": "brand", "stop.brand_id": lambda party: party.brand,
    "stop.user_id": lambda party: party.key("user_account"),
    "stop_opening.user_id": lambda party: party.key("user_account"),
    "task.ends_at": utcnow() + timedelta(days=1), "task.state": "open",
    "trial_change.state": "open",
    "user_account.role": "rep",
    "trail.brand_id": lambda party: party.brand, "trail.by_user_id": lambda party: party.key("user_account"),
    "trail.dealer_id": lambda party: party.dealer,
}  # fmt: skip


@dataclass(frozen=True)
class Caller(CallersReach):
    """Any role, known to the house or not."""

    user_id: str
    role: str
    brand_id: str | None
    dealer_id: str | None


class Party:
    """A rep, with a row of each table that is his, his brand's or his dealer's."""

    def __init__(self, s: WriteSession, name: str, shared: "Party | None" = None) -> None:
        self.name, self._s, self._shared = name, s, shared
        self.rows: dict[str, Any] = {}
        self.brand: str
        self.dealer: str
        if shared is None:
            dealer = Organisation(kind="dealer", name=name)
            s.add(dealer)
            s.flush()
            self.dealer = dealer.id
            self.brand = self.key("organisation")
        else:
            self.dealer, self.brand = shared.dealer, shared.brand
        for table in sorted(MAPPERS):
            self.row(table)

    def row(self, table: str) -> Any:
        """The row of a table, made with all that it rests on."""
        if self._shared is not None and table in SHARED:
            return self._shared.row(table)
        if table not in self.rows:
            there = self._s.get(Installation, THE_ONE) if table == "installation" else None
            self.rows[table] = there or self._made(table)
        return self.rows[table]

    def _made(self, table: str) -> Any:
        mapper = MAPPERS[table]
        columns = [(attribute.key, attribute.columns[0]) for attribute in mapper.column_attrs]
        given = {key: self._value(column) for key, column in columns if isinstance(column, Column)}
        made = mapper.class_(**{key: value for key, value in given.items() if value is not None})
        self._s.add(made)
        self._s.flush()
        return made

    def key(self, table: str) -> str:
        """The key of such a row."""
        [key] = inspect(self.row(table)).identity
        return str(key)

    def scope(self, role: str) -> Caller:
        """Somebody of this party with this role; the rep is himself."""
        return Caller(self.key("user_account") if role == "rep" else f"some {role}", role, self.brand, self.dealer)

    def _value(self, column: Column[Any]) -> Any:
        name = f"{column.table.name}.{column.name}"
        if name in SPECIAL:
            return SPECIAL[name](self) if callable(SPECIAL[name]) else SPECIAL[name]
        if column.nullable or column.default is not None or column is column.table._autoincrement_column:
            return None
        if column.foreign_keys:
            foreign = min(column.foreign_keys, key=lambda each: each.column.table.name != "organisation")
            if foreign.column.table.name == "organisation":
                return self.brand
            return getattr(self.row(foreign.column.table.name), foreign.column.name)
        kind = column.type
        if isinstance(kind, String):
            return f"{self.name} {column.name}"[: kind.length]
        for of, value in _VALUES:
            if isinstance(kind, of):
                return value
        return 1 + len(self.name)  # a number; the names of the parties differ in length


_VALUES: list[tuple[Any, Any]] = [
    (UtcDateTime, utcnow()), (Date, date(2026, 1, 1)), (Boolean, True), (Float, 1.0), (LargeBinary, b"x"),
    (type(JSON), {}),
]  # fmt: skip


def found(s: WriteSession, mapper: Mapper[Any], row: Any, mine: Party) -> Iterator[str]:
    """The ways in which a session finds the row."""
    table, key = mapper.class_, inspect(row).identity
    columns = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    is_it = [getattr(table, name) == value for name, value in zip(columns, key, strict=True)]
    number = select(func.count()).select_from(table).where(*is_it)
    home = aliased(Organisation)
    here = select(home.id).where(home.id == mine.brand)
    statements = {
        "select": select(table).where(*is_it),
        "columns": select(getattr(table, columns[0])).where(*is_it),
        "join": here.join(table, and_(*is_it)),
        "subquery": here.where(exists().where(*is_it)),
        "common table": here.where(select(table).where(*is_it).cte().select().exists()),
    }
    for name in columns_of_files(mapper):
        statements[f"file by {name}"] = select(table).where(getattr(table, name) == getattr(row, name), *is_it)
    yield from (name for name, statement in statements.items() if s.execute(statement).all())
    if s.scalar(number):
        yield "count"
    if s.get(table, key if len(key) > 1 else key[0]) is not None:
        yield "get"


def columns_of_files(mapper: Mapper[Any]) -> list[str]:
    """Those that hold keys of the photo store."""
    return [each.key for each in mapper.column_attrs if each.key == "sha256" or each.key.endswith("_key")]


def changed(s: WriteSession, mapper: Mapper[Any], row: Any) -> Iterator[str]:
    """The ways in which a session changes the row."""
    table, key = mapper.class_, inspect(row).identity
    columns = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    is_it = [getattr(table, name) == value for name, value in zip(columns, key, strict=True)]
    statements = {"update": update(table).values({columns[0]: key[0]}), "delete": delete(table)}
    for name, statement in statements.items():
        # PostgreSQL refuses a change of an append-only table before it looks which rows it would change.
        with suppress(IntegrityError), s.begin_nested():
            if s.execute(statement.where(*is_it)).rowcount:  # type: ignore[attr-defined]
                yield name


def roles() -> list[str]:
    """All that a policy names, and one that none does."""
    return sorted({"rep", *STAFF, "nobody", *(role for each in registered() for role in each.rules)} - {"admin"})


def test_nobody_reaches_a_row_of_another_party(database: Database) -> None:
    with database.write(unscoped("plants rows of three parties")) as s:
        mine = Party(s, "mine")
        colleague, foreign = Party(s, "colleague", shared=mine), Party(s, "foreign")
    leaks, blind = [], []
    for role in roles():
        scope = mine.scope(role)
        with database.write(scope) as s:
            for table, mapper in MAPPERS.items():
                rule = policy_of(table).of(role)
                if role in STAFF[1:] and rule is policy_of(table).of(STAFF[0]):
                    continue  # tried with the first of them
                theirs = [foreign.row(table)]
                if role == "rep" and table not in SHARED:
                    theirs.append(colleague.row(table))
                for row in theirs:
                    ways = [*found(s, mapper, row, mine), *changed(s, mapper, row)]
                    leaks += [(role, table, way) for way in ways]
                if role in ("rep", *STAFF) and rule is not nobody:
                    ways = set(found(s, mapper, mine.row(table), mine))
                    blind += [(role, table)] if not {"select", "get", "join", "count"} <= ways else []
    assert leaks == []
    assert blind == []  # else what leaks could not be seen either


def test_an_admin_reaches_what_anybody_does(database: Database) -> None:
    with database.write(unscoped("plants rows of a party")) as s:
        party = Party(s, "foreign")
    with database.read(Caller("root", "admin", None, None)) as s:
        for table, mapper in MAPPERS.items():
            ways = set(found(s, mapper, party.row(table), party))
            assert ("select" in ways) == bool(policy_of(table).rules), table


def test_no_table_has_relationships() -> None:
    """What SQLAlchemy has at hand it hands out by a relationship without a statement, whoever may see it."""
    assert [table for table, mapper in MAPPERS.items() if mapper.relationships] == []


def test_every_table_has_a_policy() -> None:
    assert {each.table.__tablename__ for each in registered()} >= MAPPERS.keys()

"""What keeps a session within its reach: each statement finds only rows that the policies of their tables give it.

Loader criteria do it, for each mapped class wherever it stands: joined, aliased, in a subquery, loaded by a
relationship, in an UPDATE or DELETE. They are made when a statement is compiled, once for all callers of a role, whose
ids are parameters. What they cannot narrow is refused: statements on tables instead of classes, SQL as text, INSERT.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Alias,
    ClauseElement,
    Column,
    ColumnClause,
    ColumnElement,
    Date,
    Delete,
    Select,
    String,
    Table,
    TableClause,
    TextClause,
    Update,
    bindparam,
    func,
    inspect,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapper, ORMExecuteState, Session
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql.visitors import InternalTraversal

from crm.access.policy import Asker, everything, policy_of, registered
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.reach import Reach

_HARMLESS = ("*", "1")  # as `exists` and `count` write them


class UnfilteredError(RuntimeError):
    """A statement that cannot be narrowed to what its session reaches."""


@dataclass(frozen=True)
class Unscoped(Reach):
    """All rows, for work that no caller bounds; `reason` says why. Made by `unscoped` alone."""

    reason: str

    def narrow(self, state: ORMExecuteState) -> None:
        """All rows are found."""

    def holds(self, s: Session, rows: Collection[object]) -> bool:
        """All rows lie within."""
        return True


def unscoped(reason: str) -> Unscoped:
    """The one way round the policies: open a session with it, or let one go beyond its reach `with unscoped(…).of(s)`.
    A test lists all uses with their reasons."""
    return Unscoped(reason)


class CallersReach(Reach):
    """What a caller reaches, by his role, his brand and himself."""

    user_id: str
    role: Any
    brand_id: str | None
    dealer_id: str | None

    def narrow(self, state: ORMExecuteState) -> None:
        """Only rows are found that the policies give the caller. UnfilteredError for what cannot be narrowed,
        UnregisteredError for a table without a policy."""
        statement = state.statement
        if state.is_orm_statement and not isinstance(statement, Select | Update | Delete):
            raise UnfilteredError(f"{type(statement).__name__}: select, update or delete; add rows to the session")
        if isinstance(statement, Update | Delete) and not isinstance(state.parameters, Mapping | None):
            raise UnfilteredError("rows by their keys: write values(…).where(…), or change rows of the session")
        if not isinstance(statement, Select) or not state.is_orm_statement:  # else when it is compiled
            _check(statement)
        if state.is_orm_statement:
            state.statement = statement.options(self._criteria(state.session))

    def holds(self, s: Session, rows: Collection[object]) -> bool:
        """Whether the database finds them all within the caller's reach."""
        keys: dict[Mapper[Any], set[tuple[Any, ...]]] = defaultdict(set)
        for row in rows:
            mapper = inspect(row).mapper
            keys[mapper].add(tuple(mapper.primary_key_from_instance(row)))
        return all(self._reached(s, mapper, given) == len(given) for mapper, given in keys.items())

    def _reached(self, s: Session, mapper: Mapper[Any], keys: set[tuple[Any, ...]]) -> int:
        table = mapper.local_table
        assert isinstance(table, Table)
        rule = policy_of(table.name).of(self.role)
        if rule is everything:
            return len(keys)
        within = rule(table.c, self._criteria(s).asker)
        counted = select(func.count()).select_from(table).where(tuple_(*mapper.primary_key).in_(keys), within)
        return s.connection().execute(counted).scalar_one()

    def _criteria(self, s: Session) -> "_Criteria":
        """Made once a session: a day may end between two."""
        made = s.info.get(self)
        if made is None:
            made = s.info[self] = _Criteria(
                Asker(
                    self.role,
                    bindparam("reach_user", self.user_id, String),
                    bindparam("reach_brand", self.brand_id, String),
                    bindparam("reach_dealer", self.dealer_id, String),
                    bindparam("reach_today", business_day(utcnow()), Date),
                )
            )
        assert isinstance(made, _Criteria)
        return made


class _Criteria(CriteriaOption):
    """An option of a statement: the policies of all tables, as `asker` comes under them.

    Part of the key of SQLAlchemy's cache of compiled statements: the role, and that there are parameters; so callers of
    a role share a compiled statement, and none is compiled for another role.
    """

    __slots__ = ("asker", "parameters", "role")
    propagate_to_loaders = False  # each load of a relationship is a statement of its own, and narrowed as such
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy reads it
        ("role", InternalTraversal.dp_string),
        ("parameters", InternalTraversal.dp_clauseelement_tuple),
    ]

    def __init__(self, asker: Asker) -> None:
        self.asker, self.role = asker, asker.role
        self.parameters = (asker.user, asker.brand, asker.dealer, asker.today)

    def process_compile_state(self, compile_state: Any) -> None:
        """Called when a statement is compiled."""
        if hasattr(compile_state, "select_statement"):
            _check(compile_state.select_statement)
        self.get_global_criteria(compile_state.global_attributes)

    def process_compile_state_replaced_entities(self, compile_state: Any, mapper_entities: Any) -> None:
        """As `process_compile_state`."""
        self.process_compile_state(compile_state)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        """Called for each statement, and for what SQLAlchemy asks beside it."""
        for mapper in _mappers():
            attributes.setdefault(("additional_entity_criteria", mapper), []).append(_Criterion(self.asker))


class _Criterion:
    """Of one mapped class; in the form of SQLAlchemy's `LoaderCriteriaOption`."""

    include_aliases = True
    propagate_to_loaders = True
    entity = None

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def _should_include(self, _compile_state: Any) -> bool:
        return True

    def _resolve_where_criteria(self, entity: Any) -> ColumnElement[bool]:
        return policy_of(entity.mapper.local_table.name).of(self._asker.role)(entity.selectable.c, self._asker)


def _mappers() -> Iterator[Mapper[Any]]:
    """All mapped classes, also those that have no policy yet: of them the criterion raises."""
    yield from Base.registry.mappers
    yield from (inspect(each.table) for each in registered() if not issubclass(each.table, Base))


def _check(statement: Any) -> None:
    """UnfilteredError where a statement reads a table that no mapped class in it stands for, under a name of its own or
    in a part of its own too, or holds SQL as text; UnregisteredError where a mapped class has no policy."""
    is_orm = "compile_state_plugin" in getattr(statement, "_propagate_attrs", ())  # else no criterion comes into it
    mapped: set[object] = set()
    bare: set[object] = set()
    for element in visitors.iterate(statement):
        entity = element._annotations.get("parententity") if isinstance(element, ClauseElement) else None
        if entity is not None:
            policy_of(entity.mapper.local_table.name)
            (mapped if is_orm else bare).update((entity.mapper.local_table, entity.selectable))
        elif isinstance(element, TextClause) or (_is_literal(element) and str(element) not in _HARMLESS):
            raise UnfilteredError(f"SQL as text: {element}")
        elif isinstance(element, TableClause) or (isinstance(element, Alias) and isinstance(element.element, Table)):
            bare.add(element)
        elif isinstance(element, Select) and "compile_state_plugin" not in element._propagate_attrs:
            _check_part(element)
        elif isinstance(element, Column):
            bare.add(element.table.element if isinstance(element.table, Alias) else element.table)
    for table in bare - mapped:
        if isinstance(table, TableClause | Alias):
            raise UnfilteredError(f"{table.name} is named without its mapped class")


def _check_part(part: Select[Any]) -> None:
    """As `_check`, of a SELECT in a statement into which no criterion comes."""
    for source in (each for found in part.get_final_froms() for each in (found, *found._from_objects)):
        if isinstance(source, TableClause | Alias):
            raise UnfilteredError(f"{source.name} is named without its mapped class")


def _is_literal(element: object) -> bool:
    return isinstance(element, ColumnClause) and element.is_literal

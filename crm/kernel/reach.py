"""How far a session reaches: the rows that its statements find, and that it may write.

Every session is opened with a `Reach` and asks it at each statement and at each flush. `crm.access` has the two that
there are: the scope of a caller, and `unscoped(reason)` for work that no caller bounds. The kernel knows no policy.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Engine, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction


class Reach(ABC):
    """Which rows are found."""

    @abstractmethod
    def narrow(self, state: ORMExecuteState) -> None:
        """Have a statement that is about to be executed find no row beyond this reach; raises where that cannot be."""

    @abstractmethod
    def holds(self, s: Session, rows: Collection[object]) -> bool:
        """Whether all these rows, as they stand in the database, lie within this reach."""

    def found(self, s: Session, row: object) -> None:  # noqa: B027 - most reaches need nothing of it
        """A row was loaded within this reach."""

    def told(self, s: Session, writing: AbstractContextManager[Session]) -> None:  # noqa: B027
        """What the session `s` found is about to be told; `writing` opens a transaction that writes, where it has to be
        noted."""

    @contextmanager
    def of(self, s: object) -> Iterator[None]:
        """Let the session `s` reach so far, and no farther, until the block ends."""
        assert isinstance(s, BoundSession)
        if isinstance(s.reach, type(self)) and s.reach == self:
            yield
            return
        s.flush()  # what was written within one reach is asked of that one
        before, s.reach, s.is_mixed = s.reach, self, True
        try:
            yield
            s.flush()
        finally:
            s.reach = before


class BeyondReachError(RuntimeError):
    """A row was to be written that the session does not reach: a fault of ours, since the caller was to be refused
    before."""


class BoundSession(Session):
    """A session with a reach. `is_mixed`: it holds rows that were not loaded within its present reach, it may be."""

    def __init__(self, bind: Engine, reach: Reach, **options: Any) -> None:
        super().__init__(bind, **options | {"expire_on_commit": False})
        self.reach = reach
        self.is_mixed = False

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As `Session.get`; a row that is at hand already is asked for again where it may lie beyond the reach."""
        row = super().get(entity, ident, **options)
        if row is None or not self.is_mixed or self.reach.holds(self, [row]):
            return row
        return None

    def refresh(self, instance: object, *arguments: Any, **options: Any) -> None:
        """As `Session.refresh`; BeyondReachError for a row that lies beyond the reach: SQLAlchemy asks by its key."""
        if self.is_mixed:
            _check(self, [instance])
        super().refresh(instance, *arguments, **options)

    def bulk_save_objects(self, *_arguments: Any, **_options: Any) -> None:
        """Never: what is written in bulk passes by what asks the reach."""
        raise BeyondReachError("add rows to the session, or execute update(…).values(…).where(…)")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects


@event.listens_for(BoundSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, BoundSession)
    session.reach.narrow(state)


@event.listens_for(BoundSession, "loaded_as_persistent")
def _found(session: Session, row: object) -> None:
    assert isinstance(session, BoundSession)
    session.reach.found(session, row)


@event.listens_for(BoundSession, "detached_to_persistent")
def _mixed(session: Session, _row: object) -> None:
    assert isinstance(session, BoundSession)
    session.is_mixed = True


@event.listens_for(BoundSession, "before_flush")
def _check_changed(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """What is changed or deleted lay within the reach before."""
    assert isinstance(session, BoundSession)
    if session.is_mixed:
        _check(session, [*_changed(session), *session.deleted])


@event.listens_for(BoundSession, "after_flush")
def _check_written(session: Session, _context: UOWTransaction) -> None:
    """What was made or changed lies within it now."""
    assert isinstance(session, BoundSession)
    _check(session, [*session.new, *_changed(session)])


def _changed(session: Session) -> list[object]:
    return [row for row in session.dirty if session.is_modified(row)]


def _check(session: BoundSession, rows: list[object]) -> None:
    if rows and not session.reach.holds(session, rows):
        tables = sorted({inspect(row).mapper.class_.__name__ for row in rows})
        raise BeyondReachError(f"{session.reach} does not reach what was to be written: {', '.join(tables)}")

"""Where the metrics of decisions come from."""

from datetime import timedelta

from sqlalchemy import func, select

from api.metrics import DatabaseMetrics, LedgerChecked
from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision
from crm.audits.unread import lost_photos, queue_length
from crm.kernel.clock import utcnow
from crm.kernel.db import Database
from crm.ledger.checks import latest_check
from crm.stops.service import counts

_ROWS_MAX = 20_000
_NO_MAX = 2**62
_COMES_LATE_MAX = timedelta(seconds=10)  # by then all with smaller numbers are committed; younger ones count next time


def decision_metrics(database: Database) -> DatabaseMetrics:
    """A collector on `database`; it counts what is decided from its first scrape on."""

    def new_decisions(cursor: str | None) -> tuple[list[tuple[str, float]], str | None]:
        with database.read(unscoped("the service counts the decisions of all brands")) as session:
            if cursor is None:
                return [], str(session.scalar(select(func.max(Decision.no))) or 0)
            arrived = select(func.max(Photo.received_at)).where(Photo.audit_id == Decision.audit_id).scalar_subquery()
            new = Decision.no > int(cursor)
            fresh = select(func.min(Decision.no)).where(new, Decision.created_at > utcnow() - _COMES_LATE_MAX)
            statement = (
                select(Decision.no, Decision.outcome, Decision.created_at, arrived)
                .where(new, Decision.kind == "automatic", Decision.no < func.coalesce(fresh.scalar_subquery(), _NO_MAX))
                .order_by(Decision.no)
                .limit(_ROWS_MAX)
            )
            rows = session.execute(statement).all()
        found = [(outcome, max(0.0, (decided - received).total_seconds())) for _, outcome, decided, received in rows]
        return found, str(rows[-1][0]) if rows else cursor

    def depth() -> int:
        with database.read(unscoped("the service counts the reviews of all brands")) as session:
            return queue_length(session)

    def stops() -> dict[str, int]:
        with database.read(unscoped("the service counts the stops of all brands")) as session:
            return counts(session)

    def ledger_check() -> LedgerChecked:
        with database.read(unscoped("the ledger is checked whole")) as session:
            last = latest_check(session)
        return None if last is None else (last.faults, last.checked_at.timestamp())

    def lost() -> int:
        with database.read(unscoped("the service counts the photos of all brands")) as session:
            return lost_photos(session)

    return DatabaseMetrics(new_decisions, depth, stops, ledger_check, lost)

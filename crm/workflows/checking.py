"""The daily check of the ledger, by one process: its faults are an error in the log, and a metric."""

from datetime import date, datetime

import structlog

from crm.access.session import unscoped
from crm.kernel.business_time import business_day
from crm.kernel.db import Database, ReadSession
from crm.ledger.checks import check_ledger, record_check
from crm.ledger.tables import LedgerCheck

_TOLD_MAX = 10  # faults in one line of the log
_log = structlog.get_logger("shelfproof.workflows")


def due_checks(s: ReadSession, now: datetime) -> list[str]:
    """The business day `now` lies on, as YYYY-MM-DD, unless its check is done."""
    day = business_day(now)
    return [] if s.get(LedgerCheck, day) is not None else [day.isoformat()]


def check_day(database: Database, day: str) -> None:
    """Check the ledger for a business day, unless that is done, and keep how many faults it has."""
    with database.read(unscoped("the ledger is checked whole")) as s:
        if s.get(LedgerCheck, date.fromisoformat(day)) is not None:
            return
        faults = check_ledger(s)
    if faults:
        hint = "shelfproof ledger check lists all"
        _log.error("ledger_faults", day=day, faults=len(faults), first=faults[:_TOLD_MAX], hint=hint)
    with database.write(unscoped("the ledger is checked whole")) as s:
        record_check(s, date.fromisoformat(day), len(faults))

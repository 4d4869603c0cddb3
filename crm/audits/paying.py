"""The reward of a display: posted once per task, outlet, display and period."""

from sqlalchemy import ColumnElement, func, select

from crm.audits.rules import Flag, text
from crm.audits.tables import Decision
from crm.db import ReadSession, WriteSession
from crm.ledger import service as ledger
from crm.ledger.errors import Overdrawn
from crm.ledger.tables import Entry
from crm.tasks.tables import Task, TaskVersion
from crm.visits.tables import Audit


def award_key(audit: Audit) -> str:
    """The ledger key of the reward: one per task, outlet, display and period."""
    return f"award:{audit.task_id}:{audit.outlet_id}:{audit.display}:{audit.period_key}"


def of_other_displays(audit: Audit) -> tuple[ColumnElement[bool], ...]:
    """Conditions for audits of the other displays of this outlet, task and period."""
    same = (Audit.task_id == audit.task_id, Audit.outlet_id == audit.outlet_id, Audit.period_key == audit.period_key)
    return (*same, Audit.display != audit.display)


def paid_already(s: ReadSession, audit: Audit, version: TaskVersion) -> Flag | None:
    """Why nothing more is paid for this display, whatever is decided of it: it was paid in this period, or as many
    others as the version rewards; None where it may be paid."""
    if s.scalar(select(Entry.id).where(Entry.key == award_key(audit))) is not None:
        return text("already_paid")
    # A limit that a newer version lowered holds for claims taken under it, whatever number is left of the display.
    paid = select(func.count(Audit.display.distinct())).join(Decision, Decision.audit_id == Audit.id)
    others = s.scalar(paid.where(*of_other_displays(audit), Decision.entry_id.is_not(None))) or 0
    return text("displays_paid") if others >= version.displays_max else None


def pay(s: WriteSession, audit: Audit, task: Task, version: TaskVersion, decision: Decision) -> None:
    """Post the reward of a decision that passes, and put the entry's id into it; nothing is posted for a display that
    was paid already, nor beyond the number of displays that the version rewards. Where the budget does not suffice an
    automatic pass becomes a review; Overdrawn where a person decided. Audit and brand are locked.
    """
    paid = paid_already(s, audit, version)
    if paid is not None:
        decision.amount_fen = 0
        decision.reasons = [paid, *decision.reasons]
        return
    if decision.amount_fen == 0:
        return
    wallet = ledger.open_account(s, "wallet", audit.user_id)
    postings = {task.budget_account_id: -decision.amount_fen, wallet.id: decision.amount_fen}
    try:
        with s.begin_nested():
            entry = ledger.post(s, award_key(audit), "award", postings, f"audit {audit.id}")
    except Overdrawn:
        if decision.kind != "automatic":
            raise
        decision.outcome = "review"
        decision.reasons = [text("budget_exhausted"), *decision.reasons]
    else:
        decision.entry_id = entry.id

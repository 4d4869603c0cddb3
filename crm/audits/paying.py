"""The reward of a display: one that stands per task, outlet, display and period."""

from sqlalchemy import ColumnElement, and_, exists, func, select

from crm.access import trail
from crm.access.session import unscoped
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision
from crm.audits.wording import Flag, text
from crm.kernel.db import ReadSession, WriteSession
from crm.ledger import service as ledger
from crm.ledger.errors import Overdrawn
from crm.ledger.legs import award_key
from crm.ledger.tables import Entry
from crm.tasks.reserving import sources
from crm.tasks.tables import Task, TaskVersion


def was_taken_back(s: ReadSession, audit: Audit) -> bool:
    """Whether an award of this display in this period was taken back, and none stands since."""
    return _next_key(s, audit) not in (None, _key(audit, 1))


def pays() -> ColumnElement[bool]:
    """Condition on a decision: it paid, and what it paid was not taken back."""
    taken_back = exists().where(Entry.reverses == Decision.entry_id)
    return and_(Decision.entry_id.is_not(None), Decision.kind != "reverse", ~taken_back)


def _key(audit: Audit, generation: int) -> str:
    return award_key(audit.task_id, audit.outlet_id, audit.display, audit.period_key, generation)


def _next_key(s: ReadSession, audit: Audit) -> str | None:
    """The ledger key under which the display may be paid now; None while an award stands."""
    generation = 1
    with unscoped("whether a display is paid is the same whoever asks").of(s):
        while (entry_id := s.scalar(select(Entry.id).where(Entry.key == _key(audit, generation)))) is not None:
            if s.scalar(select(Entry.id).where(Entry.reverses == entry_id)) is None:
                return None
            generation += 1
    return _key(audit, generation)


def of_other_displays(audit: Audit) -> tuple[ColumnElement[bool], ...]:
    """Conditions for audits of the other displays of this outlet, task and period."""
    same = (Audit.task_id == audit.task_id, Audit.outlet_id == audit.outlet_id, Audit.period_key == audit.period_key)
    return (*same, Audit.display != audit.display)


def paid_already(s: ReadSession, audit: Audit, version: TaskVersion) -> Flag | None:
    """Why nothing more is paid for this display, whatever is decided of it: its award stands, or as many
    others as the version rewards; None where it may be paid."""
    return _why_not(s, audit, version, _next_key(s, audit))


def _why_not(s: ReadSession, audit: Audit, version: TaskVersion, key: str | None) -> Flag | None:
    if key is None:
        return text("already_paid")
    # A limit that a newer version lowered holds for claims taken under it, whatever number is left of the display.
    paid = select(func.count(Audit.display.distinct())).join(Decision, Decision.audit_id == Audit.id)
    with unscoped("whether a display is paid is the same whoever asks").of(s):
        others = s.scalar(paid.where(*of_other_displays(audit), pays())) or 0
    return text("displays_paid") if others >= version.displays_max else None


def pay(s: WriteSession, audit: Audit, task: Task, version: TaskVersion, decision: Decision) -> None:
    """Post the reward of a decision that passes, and put the entry's id into it; nothing is posted for a display whose
    award stands, nor beyond the number of displays that the version rewards. The claim's reservation pays, then the
    budget. Where both do not suffice an automatic pass becomes a review; Overdrawn where a person decided. The audit
    and its outlet's displays are locked.
    """
    key = _next_key(s, audit)
    paid = _why_not(s, audit, version, key)
    if paid is not None:
        decision.amount_fen = 0
        decision.reasons = [paid, *decision.reasons]
        return
    if decision.amount_fen == 0:
        return
    assert key is not None
    wallet = ledger.open_account(s, "wallet", audit.user_id)
    postings = {**sources(s, task, audit.claim_id, decision.amount_fen), wallet.id: decision.amount_fen}
    try:
        by = trail.who(decision.decided_by)
        entry = ledger.post(s, key, "award", postings, f"audit {audit.id}", by=by, brand_id=audit.brand_id)
    except Overdrawn:
        if decision.kind != "automatic":
            raise
        decision.outcome = "review"
        decision.reasons = [text("budget_exhausted"), *decision.reasons]
    else:
        decision.entry_id = entry.id

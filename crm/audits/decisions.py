"""The decisions on an audit, as they are stored."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.audits.tables import Decision
from crm.kernel.db import ReadSession


def latest_decision(s: ReadSession, audit_id: str) -> Decision | None:
    """The decision that holds."""
    return s.scalar(select(Decision).where(Decision.audit_id == audit_id).order_by(Decision.seq.desc()).limit(1))


def decisions_of(s: ReadSession, audit_id: str) -> Sequence[Decision]:
    """All decisions on an audit, the first one first."""
    return s.scalars(select(Decision).where(Decision.audit_id == audit_id).order_by(Decision.seq)).all()


def as_read(decisions: Sequence[Decision]) -> Decision:
    """Of all decisions on an audit the one that rests on what was read, before any person's."""
    return [each for each in decisions if each.kind == "automatic"][-1]


def judged_before(decisions: Sequence[Decision]) -> set[str | None]:
    """Who paid an audit whose award was taken back since: another person looks at it again."""
    last = max((each.seq for each in decisions if each.kind == "reverse"), default=0)
    return {each.decided_by for each in decisions if each.seq < last and each.kind in ("approve", "correct")}

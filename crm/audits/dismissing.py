"""What is held against the photos of an audit, until a person dismisses it by name and with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm.audits.decisions import as_read, decisions_of
from crm.audits.tables import Decision, FlagDismissal
from crm.audits.wording import Flag
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Invalid
from pipeline.flags import of_whole_photo


@dataclass(frozen=True)
class Standing:
    """The flags of what was read that nobody has dismissed since the audit was last opened."""

    flags: tuple[Flag, ...]

    @property
    def to_dismiss(self) -> tuple[Flag, ...]:
        """Those of the whole photo; one with a scope has widened the facts, and is settled with them."""
        return tuple(dict(each) for each in of_whole_photo(self.flags))

    def without(self, dismissals: Mapping[str, str]) -> "Standing":
        """What stands once these are dismissed, code → reason. Invalid('dismissals') for a code that needs no
        dismissal, or one without a reason."""
        known = {each["code"]: each for each in self.to_dismiss}
        for code, reason in dismissals.items():
            if code not in known:
                raise Invalid(
                    "dismissals",
                    f"no flag {code!r} stands here: reload, and dismiss what still stands",
                    f"此处没有疑点 {code!r}：请刷新后排除仍存在的疑点",
                )
            if not reason.strip():
                raise Invalid(
                    "dismissals",
                    f"say why this does not count here, another auditor will read it: {known[code]['en']}",
                    f"请说明为何排除此疑点（其他审核员会看到）：{known[code]['zh']}",
                )
        return Standing(tuple(each for each in self.flags if each["code"] not in dismissals))


def standing(s: ReadSession, audit_id: str, decisions: Sequence[Decision] | None = None) -> Standing:
    """What is held against an audit that was decided once at least; `decisions` are all of them, where known."""
    all_of_them = decisions_of(s, audit_id) if decisions is None else decisions
    opened = max((each.seq for each in all_of_them if each.kind == "reopen"), default=0)
    since = [each.id for each in all_of_them if each.seq > opened]
    dismissed = set(s.scalars(select(FlagDismissal.code).where(FlagDismissal.decision_id.in_(since))))
    return Standing(tuple(flag for flag in as_read(all_of_them).flags if flag["code"] not in dismissed))


def keep_dismissals(s: WriteSession, decision: Decision, dismissals: Mapping[str, str]) -> None:
    """Record who held which flag not to count, and why."""
    assert decision.decided_by is not None
    for code, reason in dismissals.items():
        s.add(
            FlagDismissal(
                brand_id=decision.brand_id,
                audit_id=decision.audit_id,
                decision_id=decision.id,
                code=code,
                reason=reason.strip(),
                dismissed_by=decision.decided_by,
            )
        )
    s.flush()


def dismissals_of(s: ReadSession, audit_id: str) -> Sequence[FlagDismissal]:
    """All dismissals of an audit, the first one first."""
    return s.scalars(select(FlagDismissal).where(FlagDismissal.audit_id == audit_id).order_by(FlagDismissal.id)).all()

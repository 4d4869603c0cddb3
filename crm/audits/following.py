"""New decisions, as a reader follows them who remembers the last number that he was given.

Decisions do not wait for each other, so one may be committed after another of a greater number. Who reads on from the
last number looks back a little, and leaves out what he has been given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, func, or_, select

from crm.access.scope import Role, Scope, require
from crm.audits.tables import Decision
from crm.kernel.clock import utcnow
from crm.kernel.db import AHEAD_MAX, ReadSession
from crm.kernel.paging import checked_limit

# From its number to its commit a decision takes milliseconds; the clocks of two machines may differ by more.
LATE_MAX = AHEAD_MAX + timedelta(seconds=10)
_NUMBERS_BACK = 1000
_FOLLOWERS: tuple[Role, ...] = ("rep", "auditor", "manager")


@dataclass(frozen=True)
class Followed:
    """How far a reader is: the greatest number that he was given, and those of late, which may still be preceded."""

    last: int
    given: frozenset[int] = frozenset()

    def after(self, numbers: Iterable[int]) -> "Followed":
        """With these given too."""
        given = self.given.union(numbers)
        last = max(self.last, *given, 0)
        return Followed(last, frozenset(each for each in given if each > last - _NUMBERS_BACK))


def from_now_on(s: ReadSession, scope: Scope) -> Followed:
    """All that the caller may see now was given: what is committed from here on is new. Reps, auditors and managers."""
    require(scope, *_FOLLOWERS)
    last = s.scalar(select(func.max(Decision.no))) or 0
    lately = (Decision.no > last - _NUMBERS_BACK, Decision.created_at > utcnow() - LATE_MAX)
    return Followed(last).after(s.scalars(select(Decision.no).where(*lately)))


def from_number(number: int) -> Followed:
    """The decision with this number was given last; what was given shortly before is not known, and comes again."""
    return Followed(number, frozenset([number]))


def decisions_since(
    s: ReadSession, scope: Scope, followed: Followed, limit: int = 50
) -> tuple[Sequence[Decision], Followed]:
    """Decisions that were not given yet, by their numbers, a rep's own, others' of their brand; and how far that is.
    Reps, auditors and managers."""
    require(scope, *_FOLLOWERS)
    late = and_(
        Decision.no > followed.last - _NUMBERS_BACK,
        Decision.created_at > utcnow() - LATE_MAX,
        Decision.no.not_in(followed.given),
    )
    new = select(Decision).where(or_(Decision.no > followed.last, late))
    found = s.scalars(new.order_by(Decision.no).limit(checked_limit(limit))).all()
    return found, followed.after(each.no for each in found)

"""Whether a display was sent in the period that it earns in: that of its check-in.

A check-in's time and a camera's are the phone's word. What the server saw itself (when the check-in reached it, when
the task was claimed, when a photo came) must bear them out; where it does not, a person confirms the period. So all
that is paid without one was checked in, by our clock, in the period that it is paid for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from crm.audits.photos.tables import Audit, Photo
from crm.audits.wording import Flag, text
from crm.kernel.db import ReadSession
from crm.tasks.periods import period_key
from crm.tasks.tables import Task, TaskClaim
from crm.visits.tables import Visit


def period_reasons(s: ReadSession, audit: Audit, photos: Sequence[Photo]) -> list[Flag]:
    """Why a person must confirm the period of an audit, each `code`, `en`, `zh`; empty where it is plain.

    It is plain where all photos came within it, and no camera says that one was taken in an earlier one. Photos that
    came later count for it only if the check-in reached us within it, the task had been claimed before it ended, and
    the camera's time of each lies within it.
    """
    task, visit, claim = s.get(Task, audit.task_id), s.get(Visit, audit.visit_id), s.get(TaskClaim, audit.claim_id)
    assert task is not None
    assert visit is not None
    assert claim is not None

    def within(at: datetime) -> bool:
        return period_key(task.period, at) == audit.period_key

    def codes() -> Iterator[str]:
        late = [photo for photo in photos if not within(photo.received_at)]
        if late and not within(visit.created_at):
            yield "check_in_late"
        if late and not within(claim.claimed_at) and claim.claimed_at > visit.checked_in_at:
            yield "claimed_later"
        if any(photo.taken_at is None for photo in late):
            yield "no_camera_time"
        dated = [
            (photo, photo.taken_at) for photo in photos if photo.taken_at is not None and not within(photo.taken_at)
        ]
        if any(photo in late or taken_at < photo.received_at for photo, taken_at in dated):
            yield "camera_other_period"

    return [_of_period(text(code), audit.period_key) for code in codes()]


def _of_period(reason: Flag, period: str) -> Flag:
    return reason | {language: reason[language].format(period=period) for language in ("en", "zh")}

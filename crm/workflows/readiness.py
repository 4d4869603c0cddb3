"""Whether photos can be decided: by what the database knows, so that every process says the same, with a worker or
without one."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.kernel.clock import utcnow
from crm.kernel.db import AHEAD_MAX, Database, ReadSession
from crm.workflows.begun import another_read
from crm.workflows.tables import PhotoFailure
from crm.workflows.upkeep import living_workers
from pipeline.texts import Said

FAILING_MAX = 5  # displays in a row; a rep whose phone makes bad files sends one or two before he asks
# A service that is said not to be ready is sent no photos, so none could show that it is well again: photos that failed
# count while they are new only, and then new ones are the test.
FAILING_FOR = timedelta(minutes=10)


def problem(database: Database, dead_after_s: float) -> Said | None:
    """Why no photo could be decided just now, in English and Chinese; None when all is well. SQLAlchemyError."""
    if not living_workers(database, dead_after_s):
        return "no worker is alive: start `shelfproof worker`", "没有运行中的工作进程：请启动 `shelfproof worker`"
    with database.read(unscoped("whether photos can be decided is asked of all brands")) as s:
        if _all_fail(s, utcnow()):
            return (
                f"the photos of the last {FAILING_MAX} displays could not be read: the log says why (step_failed)",
                f"最近 {FAILING_MAX} 个陈列的照片无法识别：原因见日志（step_failed）",
            )
    return None


def _all_fail(s: ReadSession, now: datetime) -> bool:
    """Whether reading has failed on new photos of `FAILING_MAX` displays, and no photo was read since they came."""
    newest = func.max(Photo.received_at)
    failing = select(newest).join(PhotoFailure, PhotoFailure.photo_id == Photo.id).group_by(Photo.audit_id)
    new = Photo.received_at.between(now - FAILING_FOR, now + AHEAD_MAX)
    failing = failing.where(Photo.state == "received", new)
    came = s.scalars(failing.order_by(newest.desc()).limit(FAILING_MAX)).all()
    return len(came) == FAILING_MAX and not another_read(s, came[-1])

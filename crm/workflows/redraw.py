"""Pictures that could not be drawn, such as while the photo store was away or because a process died over them, are
drawn again: each time a photo has been read for twice as long, a bounded number of times.

The try that is due follows from that age alone, and names its workflow: so no try is made twice, whoever looks.
"""

from datetime import datetime, timedelta
from math import log2

import structlog
from sqlalchemy import Subquery, select, update

from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.audits.tables import PhotoReading
from crm.kernel.db import Database, ReadSession

TRIES_MAX = 14  # with the first after five minutes, the last after eight weeks: longer than any outage of a store
_AT_ONCE_MAX = 1000
_TOLD_MAX = 10  # photos in one line of the log
_log = structlog.get_logger("shelfproof.workflows")


def due_draws(s: ReadSession, now: datetime, retry_s: float) -> dict[str, str]:
    """Photos that were handled and have no pictures, by the id of the workflow that is to draw them now: the newest
    first.

    The first try is due `retry_s` seconds after the reading, each later one when twice as much time has passed. One
    that a living process draws just now, or that must wait after a death, is told so by `begun.Attempts`. A reading
    from ahead, of before a clock was put right, counts by how far ahead it lies.
    """
    oldest, since = _oldest(now, retry_s), timedelta(seconds=retry_s)
    undrawn = _undrawn()
    aged = undrawn.c.read_at.between(oldest, now + (now - oldest))
    lately = undrawn.c.read_at.between(now - since, now + since)
    found = s.execute(select(undrawn).where(aged, ~lately).order_by(undrawn.c.id.desc()).limit(_AT_ONCE_MAX)).all()
    return {_name(photo_id, (now - read_at).total_seconds() / retry_s): photo_id for photo_id, read_at in found}


def give_up_late(database: Database, now: datetime, retry_s: float) -> None:
    """Note of photos whose last try was made in vain that no picture of them is drawn any more. Where there is none, as
    nearly always, nothing is written, and no other writer waits."""
    undrawn = _undrawn()
    late = select(undrawn.c.id).where(undrawn.c.read_at < _oldest(now, retry_s)).limit(_AT_ONCE_MAX)
    with database.read(unscoped("a worker draws the pictures of all brands")) as reading_session:
        ids = reading_session.scalars(late).all()
    if not ids:
        return
    with database.write(unscoped("a worker draws the pictures of all brands")) as s:
        s.execute(update(Photo).where(Photo.id.in_(ids), Photo.annotated_key.is_(None)).values(undrawn_at=now))
    _log.error("pictures_given_up", count=len(ids), photos=ids[:_TOLD_MAX])


def _undrawn() -> Subquery:
    """Photos without pictures, and when they were read. `ix_photo_undrawn` holds these and no others, and each one's
    reading is looked up by its key; joined, SQLite would begin at the readings, and go through those of eight weeks."""
    read_at = select(PhotoReading.created_at).where(PhotoReading.photo_id == Photo.id).scalar_subquery()
    lacking = select(Photo.id, read_at.label("read_at"))
    return lacking.where(Photo.annotated_key.is_(None), Photo.undrawn_at.is_(None)).subquery()


def _oldest(now: datetime, retry_s: float) -> datetime:
    return now - timedelta(seconds=retry_s * 2**TRIES_MAX)


def _name(photo_id: str, age: float) -> str:
    """The workflow of the try that is due at an age in tries' first distances; below zero it lies ahead."""
    return f"draw-{photo_id}-{'ahead-' if age < 0 else ''}{int(log2(abs(age)))}"

"""Pictures that could not be drawn, such as while the photo store was away, are drawn again: each time a photo has been
read for twice as long, a bounded number of times.

The try that is due follows from that age alone, and names its workflow: so no try is made twice, whoever looks.
"""

from datetime import datetime, timedelta
from math import log2

from sqlalchemy import or_, select

from crm.audits.tables import PhotoReading
from crm.db import ReadSession
from crm.visits.tables import Photo
from crm.workflows.tables import PhotoBegun

TRIES_MAX = 10  # with the first after five minutes, the last after two days
_AT_ONCE_MAX = 1000


def due_draws(s: ReadSession, now: datetime, retry_s: float) -> dict[str, str]:
    """Photos that were read and have no pictures, by the id of the workflow that is to draw them now: the newest first.

    The first try is due `retry_s` seconds after the reading, each later one when twice as much time has passed. A photo
    that could not be decoded has no pictures to draw.
    """
    oldest = now - timedelta(seconds=retry_s * 2**TRIES_MAX)
    due = (PhotoReading.created_at > oldest, PhotoReading.created_at <= now - timedelta(seconds=retry_s))
    read = select(Photo.id, PhotoReading.created_at).join(PhotoReading, PhotoReading.photo_id == Photo.id)
    # one that is begun, and may be what killed a process, is left to its own workflow, which counts that
    begun = select(PhotoBegun.photo_id).where(or_(PhotoBegun.executor_id.is_not(None), PhotoBegun.deaths > 0))
    undrawn = read.where(Photo.state == "read", Photo.annotated_key.is_(None), Photo.id.not_in(begun), *due)
    found = s.execute(undrawn.order_by(Photo.id.desc()).limit(_AT_ONCE_MAX)).all()
    return {f"draw-{photo_id}-{_number(now - read_at, retry_s)}": photo_id for photo_id, read_at in found}


def _number(age: timedelta, retry_s: float) -> int:
    """Which try is due, from 0."""
    return int(log2(age.total_seconds() / retry_s))

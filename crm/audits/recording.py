"""What was read of a photo is kept, once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from crm.audits.duplicates import remember, to_seek
from crm.audits.photos.tables import Photo
from crm.audits.tables import PhotoReading
from crm.audits.wording import text
from crm.kernel.db import WriteSession
from crm.kernel.errors import NotFound


def record_reading(
    s: WriteSession, photo_id: str, reading: Mapping[str, Any], perceptual_hash: bytes, likeness: bytes | None = None
) -> PhotoReading:
    """Keep what the pipeline saw on a photo (`reading`: PhotoReading.as_dict()), and what copies of it are known by
    (`likeness`: pipeline.likeness, packed); a second call changes nothing."""
    photo, stored = _photo_and_reading(s, photo_id)
    if stored is not None:
        return stored
    stored = PhotoReading(
        photo_id=photo.id, audit_id=photo.audit_id, reading=dict(reading), flags=list(reading["flags"])
    )
    s.add(stored)
    photo.state = "read"
    remember(s, photo, perceptual_hash, likeness)
    to_seek(s, photo)
    s.flush()
    return stored


def record_unreadable(s: WriteSession, photo_id: str, cause: str, code: str = "unreadable") -> PhotoReading:
    """Keep that a photo could not be read, and why (one line); a second call changes nothing. `code` is
    'unreadable', or 'unreadable_here' where the photo may be sound and our work on it fails."""
    photo, stored = _photo_and_reading(s, photo_id)
    if stored is not None:
        return stored
    flag = text(code)
    stored = PhotoReading(
        photo_id=photo.id, audit_id=photo.audit_id, reading={}, flags=[{**flag, "cause": cause[:200]}]
    )
    s.add(stored)
    photo.state = "unreadable"
    to_seek(s, photo)
    s.flush()
    return stored


def _photo_and_reading(s: WriteSession, photo_id: str) -> tuple[Photo, PhotoReading | None]:
    photo = s.scalar(select(Photo).where(Photo.id == photo_id).with_for_update(key_share=True))
    if photo is None:
        raise NotFound("this photo does not exist, or is not yours to see", "该照片不存在，或您无权查看")
    return photo, s.get(PhotoReading, photo_id)

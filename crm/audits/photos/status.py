"""Where a photo stands."""

from sqlalchemy import select

from crm.access.scope import READERS, Scope, found, require
from crm.audits.photos.tables import Audit, Photo
from crm.kernel.db import ReadSession


def get_photo(s: ReadSession, scope: Scope, photo_id: str) -> Photo:
    """NotFound outside the caller's scope."""
    require(scope, *READERS)
    return found(s.scalar(select(Photo).where(Photo.id == photo_id)), "this photo")


def photo_status(s: ReadSession, scope: Scope, photo_id: str) -> dict[str, object]:
    """Where a photo stands: its own state, its audit's, and whether the pictures can be fetched yet."""
    photo = get_photo(s, scope, photo_id)
    audit = s.get(Audit, photo.audit_id)
    assert audit is not None
    return {
        "id": photo.id,
        "state": photo.state,
        "received_at": photo.received_at,
        "width": photo.width,
        "height": photo.height,
        "audit_id": audit.id,
        "audit_state": audit.state,
        "photos_expected": audit.photos_expected,
        "photos_received": audit.photos_received,
        "has_picture": photo.picture_key is not None,
        "has_annotated": photo.annotated_key is not None,
    }

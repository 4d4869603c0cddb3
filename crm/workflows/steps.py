"""The three steps of `audit_photo`. Each may run twice, and has its effect once."""

from sqlalchemy import select

from crm.audits.service import decide_audit, record_reading, record_unreadable
from crm.audits.tables import PhotoReading
from crm.catalog import service as catalog
from crm.db import Database, WriteSession
from crm.photos import PhotoStore
from crm.tasks.rules import business_day
from crm.visits.tables import Photo
from crm.workflows.vision import Vision
from pipeline.decode import PhotoError


def read(database: Database, store: PhotoStore, vision: Vision, photo_id: str) -> None:
    """Read the photo and keep what was seen; a photo that cannot be read is kept as such, for a person to
    see."""
    with database.read() as reading_session:
        photo = reading_session.scalars(select(Photo).where(Photo.id == photo_id)).one()
        if photo.state != "received":
            return
        catalogue = catalog.view(reading_session, photo.brand_id, business_day(photo.received_at))
    data = store.get(photo.sha256)
    try:
        seen = vision.read(data, catalogue)
    except PhotoError as error:
        with database.write() as s:
            record_unreadable(s, photo_id, f"{error.code}: {error}")
        return
    with database.write() as s:
        record_reading(s, photo_id, seen.reading, seen.perceptual_hash)


def decide(s: WriteSession, photo_id: str) -> str | None:
    """Decide the photo's audit if this was its last photo; the outcome, or None while photos are missing."""
    audit_id = s.scalars(select(Photo.audit_id).where(Photo.id == photo_id)).one()
    decision = decide_audit(s, audit_id)
    return decision.outcome if decision is not None else None


def draw(database: Database, store: PhotoStore, vision: Vision, photo_id: str) -> None:
    """Store the pictures that people may see."""
    with database.read() as reading_session:
        photo = reading_session.scalars(select(Photo).where(Photo.id == photo_id)).one()
        stored = reading_session.get(PhotoReading, photo_id)
        catalogue = catalog.view(reading_session, photo.brand_id, business_day(photo.received_at))
    if stored is None or photo.annotated_key is not None:
        return
    try:
        pictures = vision.draw(store.get(photo.sha256), stored.reading, catalogue)
    except PhotoError:
        return  # nothing to show of a photo that cannot be decoded
    keys = store.put(pictures.bare), store.put(pictures.annotated)
    with database.write() as s:
        drawn = s.scalars(select(Photo).where(Photo.id == photo_id)).one()
        drawn.picture_key, drawn.annotated_key = keys

"""The steps of `audit_photo`. Each may run twice, and has its effect once."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import delete, select

from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.audits.service import decide_audit, give_to_person, record_reading, record_unreadable
from crm.audits.tables import PhotoReading
from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.kernel.photo_store import PhotoStore, StoredPhotoError
from crm.storing.service import keep, named
from crm.workflows.begun import DEATHS_MAX, Attempts, Turn, end
from crm.workflows.tables import PhotoBegun, PhotoFailure
from crm.workflows.vision import Pictures, Seen, Vision
from pipeline.intake.photo_error import PhotoError

TRIES_MAX = 5
_log = structlog.get_logger("shelfproof.workflows")


class PhotoCatalogue:
    """The catalogue of a photo's brand on the photo's day: looked up by the first step that needs it, and handed on to
    the others in the same run of the workflow."""

    def __init__(self) -> None:
        self._view: CatalogueView | None = None

    def of(self, s: ReadSession, photo: Photo) -> CatalogueView:
        """Always of the same photo."""
        if self._view is None:
            self._view = catalog.view(s, photo.brand_id, business_day(photo.received_at))
        return self._view


def read(
    database: Database,
    store: PhotoStore,
    vision: Vision,
    attempts: Attempts,
    photo_id: str,
    of_photo: PhotoCatalogue,
) -> bool:
    """Read the photo and keep what was seen; a photo that cannot be read, or over which the process dies each time,
    is kept as such, for a person to see; one whose file is gone from the store, or damaged there, goes to a person too,
    and is read once the file is back. Whether the networks have read it, now."""
    with database.read(unscoped("a worker reads the photos of all reps")) as reading_session:
        photo = reading_session.scalars(select(Photo).where(Photo.id == photo_id)).one()
        if photo.state != "received":
            return False
        catalogue = of_photo.of(reading_session, photo)
    try:
        data = store.get(photo.sha256)
    except StoredPhotoError as error:
        _tell_operator(photo, error)
        with database.write(unscoped("a worker reads the photos of all reps")) as s:
            give_to_person(s, photo.audit_id, error.code)
        return False  # the sweeper begins it anew, until somebody has decided
    seen: Seen | PhotoError | None = None
    with attempts.of(photo_id) as turn:
        if turn == "go":
            try:
                seen = vision.read(data, catalogue)
            except PhotoError as error:
                seen = error
    if turn == "wait":
        return False  # the sweeper begins it anew
    with database.write(unscoped("a worker reads the photos of all reps")) as s:
        if isinstance(seen, Seen):
            record_reading(s, photo_id, seen.reading, seen.perceptual_hash, seen.likeness)
            end(s, photo_id)
            forget_failures(s, photo_id)
        elif seen is not None:
            record_unreadable(s, photo_id, f"{seen.code}: {seen}")
            end(s, photo_id)
        elif turn == "never":
            record_unreadable(s, photo_id, f"the process died over it {DEATHS_MAX} times", "unreadable_here")
    return isinstance(seen, Seen)


def give_up(database: Database, photo_id: str, now: datetime, read_at: datetime | None, *, counts: bool = True) -> bool:
    """Note that reading a photo has failed `now`; whether that was the last try, and the photo goes to a person.

    A photo is given up after `TRIES_MAX` failures, of which each after the first counts only if this process has
    read another photo (`read_at`, None: none yet) since the one before. So an outage of the database, the store or
    the model files, during which every photo fails, counts once at most, however long it lasts; and where all
    photos fail, or there is but one, none is given up. Without `counts` the failure is noted, and is no try.
    """
    with database.write(unscoped("a worker reads the photos of all reps")) as s:
        photo = s.scalars(select(Photo).where(Photo.id == photo_id).with_for_update(key_share=True)).one()
        if photo.state != "received":
            return True
        tries = count_failure(s, photo_id, now, read_at, counts=counts)
        if tries < TRIES_MAX:
            return False
        record_unreadable(s, photo_id, f"failed {tries} times", "unreadable_here")
    return True


def count_failure(
    s: WriteSession, photo_id: str, now: datetime, read_at: datetime | None, *, counts: bool = True
) -> int:
    """Note that reading a photo has failed `now`, as `give_up` says; the failures that count against it. The photo is
    locked."""
    failure = s.get(PhotoFailure, photo_id)
    if failure is None:
        s.add(failure := PhotoFailure(photo_id=photo_id, tries=int(counts), failed_at=now))
    elif counts and (failure.tries == 0 or (read_at is not None and failure.failed_at < read_at <= now)):
        failure.tries += 1
    failure.failed_at = now
    return failure.tries


def forget_failures(s: WriteSession, photo_id: str) -> None:
    """The photo was read after all, in this transaction."""
    s.execute(delete(PhotoFailure).where(PhotoFailure.photo_id == photo_id))


def decide(s: WriteSession, photo_id: str, of_photo: PhotoCatalogue) -> str | None:
    """Decide the photo's audit if this was its last photo; the outcome, or None while photos are missing."""
    photo = s.scalars(select(Photo).where(Photo.id == photo_id)).one()
    decision = decide_audit(s, photo.audit_id, lambda: of_photo.of(s, photo).names)
    return decision.outcome if decision is not None else None


def draw(
    database: Database,
    store: PhotoStore,
    vision: Vision,
    attempts: Attempts,
    photo_id: str,
    of_photo: PhotoCatalogue,
) -> None:
    """Store the pictures that people may see. Of a photo over which the process dies each time there is at most the
    photo itself, and that is noted; one that has to wait, or whose file is gone, is drawn at a later try."""
    with database.read(unscoped("a worker reads the photos of all reps")) as reading_session:
        photo = reading_session.scalars(select(Photo).where(Photo.id == photo_id)).one()
        stored = reading_session.get(PhotoReading, photo_id)
        if stored is None or photo.annotated_key is not None or photo.undrawn_at is not None:
            return
        catalogue = of_photo.of(reading_session, photo)
        broken_off = reading_session.get(PhotoBegun, photo_id) is not None
    try:
        data = store.get(photo.sha256)
    except StoredPhotoError as error:
        _tell_operator(photo, error)
        return
    if broken_off and photo.picture_key is None:  # what comes next may kill: first what a person can see
        _, bare = _drawn(vision, attempts, photo_id, data, {}, catalogue)
        if bare is not None:
            _keep_pictures(database, photo_id, keep(database, store, bare.bare))
    turn, pictures = _drawn(vision, attempts, photo_id, data, stored.reading, catalogue)
    if pictures is not None:
        bare_key, annotated_key = (keep(database, store, data) for data in (pictures.bare, pictures.annotated))
        _keep_pictures(database, photo_id, bare_key, annotated_key)
    elif turn != "wait":
        _keep_undrawn(database, photo_id, turn)


def _drawn(
    vision: Vision, attempts: Attempts, photo_id: str, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView
) -> tuple[Turn, Pictures | None]:
    """None where it is not the photo's turn, or there is nothing to show, since it cannot be decoded."""
    with attempts.of(photo_id) as turn:
        if turn == "go":
            with suppress(PhotoError):
                return turn, vision.draw(data, reading, catalogue)
    return turn, None


def _keep_pictures(database: Database, photo_id: str, bare_key: str, annotated_key: str | None = None) -> None:
    with database.write(unscoped("a worker reads the photos of all reps")) as s:
        photo = s.scalars(select(Photo).where(Photo.id == photo_id)).one()
        photo.picture_key, photo.annotated_key = bare_key, annotated_key
        named(s, *filter(None, (bare_key, annotated_key)))
        if annotated_key is not None:
            end(s, photo_id)


def _keep_undrawn(database: Database, photo_id: str, turn: Turn) -> None:
    with database.write(unscoped("a worker reads the photos of all reps")) as s:
        s.scalars(select(Photo).where(Photo.id == photo_id)).one().undrawn_at = utcnow()
        if turn == "go":
            end(s, photo_id)
    if turn == "never":
        _log.error("picture_given_up", photo=photo_id, deaths=DEATHS_MAX)


def _tell_operator(photo: Photo, error: StoredPhotoError) -> None:
    _log.error(error.code, photo=photo.id, sha256=photo.sha256, hint="restore the photo store from a backup")

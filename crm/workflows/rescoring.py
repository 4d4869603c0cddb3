"""Doing a rescoring, some photos at a time; a photo over which the process dies each time is left out."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, exists, select

from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.db import Database
from crm.errors import NotFound
from crm.photos import PhotoStore
from crm.placements.service import photos_of
from crm.placements.tables import Rescore, RescoredPhoto
from crm.tasks.rules import business_day
from crm.visits.tables import Photo
from crm.workflows.begun import DEATHS_MAX, Attempts, end
from crm.workflows.vision import Vision
from pipeline.decode import PhotoError

_AT_ONCE = 20  # photos a step: so many are looked at again at most when a process dies


def rescore_some(
    database: Database, store: PhotoStore, vision: Vision, attempts: Attempts, rescore_id: str, after: str = ""
) -> str | None:
    """Read some photos of a rescoring again, those with ids above `after`; the cursor for the next call, None at the
    end. Photos that are read already are left out, so it may be begun anew, and by two at once. It has to be, and stays
    `running`, where a photo must wait because a process has died over it.

    Raises what an outage raises: ModelFileError, OSError, SQLAlchemyError. A photo that cannot be read is noted.
    """
    with database.read() as reading_session:
        rescore = reading_session.scalars(select(Rescore).where(Rescore.id == rescore_id)).one()
        statement = select(Photo).where(*photos_of(rescore), Photo.id > after).order_by(Photo.id).limit(_AT_ONCE)
        photos = reading_session.scalars(statement).all() if rescore.state == "running" else []
        done = set(reading_session.scalars(select(RescoredPhoto.photo_id).where(*_of(rescore, photos))))
        views = {
            day: replace(catalog.view(reading_session, rescore.brand_id, day), enrolled=rescore.enrolled)
            for day in {business_day(photo.received_at) for photo in photos}
        }
    for photo in photos:
        if photo.id not in done:
            view = views[business_day(photo.received_at)]
            row, ended = _read_again(store, vision, attempts, rescore, photo, view)
            if row is not None:
                _keep(database, row, rescore_id, ended=ended)
    if len(photos) == _AT_ONCE:
        return photos[-1].id
    read = exists().where(RescoredPhoto.photo_id == Photo.id, *_same(rescore))
    with database.write() as s:
        if s.scalar(select(Photo.id).where(*photos_of(rescore), ~read).limit(1)) is None:
            s.scalars(select(Rescore).where(Rescore.id == rescore_id)).one().state = "done"
    return None


def _read_again(
    store: PhotoStore, vision: Vision, attempts: Attempts, rescore: Rescore, photo: Photo, view: CatalogueView
) -> tuple[RescoredPhoto | None, bool]:
    """What was read, None where the photo has to wait; and whether it was handled to the end."""
    reading, fault = {}, ""
    with attempts.of(photo.id) as turn:
        if turn == "wait":
            return None, False
        if turn == "never":
            fault = f"the process died over it {DEATHS_MAX} times"
        else:
            try:
                reading = vision.read(store.get(photo.sha256), view).reading
            except (PhotoError, NotFound) as error:
                fault = f"{error.code}: {error}"
    facings = reading["facts"]["facings"]["sku"].get(rescore.code) if reading else None
    bounds = facings or {"low": 0, "best": 0, "high": 0}
    row = RescoredPhoto(
        photo_id=photo.id,
        code=rescore.code,
        enrolled=rescore.enrolled,
        brand_id=rescore.brand_id,
        **bounds,
        reading=reading if bounds["best"] else {},
        fault=fault[:200],
    )
    return row, turn == "go"


def _keep(database: Database, row: RescoredPhoto, rescore_id: str, *, ended: bool) -> None:
    with database.write() as s:
        s.execute(select(Rescore.id).where(Rescore.id == rescore_id).with_for_update())
        if s.get(RescoredPhoto, (row.photo_id, row.code, row.enrolled)) is None:
            s.add(row)
        if ended:
            end(s, row.photo_id)


def _of(rescore: Rescore, photos: Sequence[Photo]) -> tuple[ColumnElement[bool], ...]:
    return (*_same(rescore), RescoredPhoto.photo_id.in_([photo.id for photo in photos]))


def _same(rescore: Rescore) -> tuple[ColumnElement[bool], ...]:
    return (RescoredPhoto.code == rescore.code, RescoredPhoto.enrolled == rescore.enrolled)

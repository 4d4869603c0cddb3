"""Doing a rescoring, some photos at a time; a photo that kills the process or raises each time is left out.

When reading raises, another photo shows whose fault it is: if that can be read, it is the photo's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, ReadSession
from crm.kernel.errors import NotFound
from crm.kernel.photo_store import PhotoStore
from crm.rescoring.service import photos_of
from crm.rescoring.tables import Rescore, RescoredPhoto
from crm.workflows.begun import DEATHS_MAX, Attempts, end
from crm.workflows.steps import TRIES_MAX, count_failure, forget_failures
from crm.workflows.vision import Vision
from models.manifest import ModelFileError
from pipeline.intake.photo_error import PhotoError

_AT_ONCE = 20  # photos a step: so many are looked at again at most when a process dies
_OTHERS = 3  # photos that are tried when one raises: the first may have gone bad itself
_OUTAGE = (ModelFileError, OSError, SQLAlchemyError)
_log = structlog.get_logger("shelfproof.workflows")


def rescore_some(
    database: Database, store: PhotoStore, vision: Vision, attempts: Attempts, rescore_id: str, after: str = ""
) -> str | None:
    """Read some photos of a rescoring again, those with ids above `after`; the cursor for the next call, None at the
    end. Photos that are read already are left out, so it may be begun anew, and by two at once. It has to be, and stays
    `running`, where a photo must wait: a process has died over it, or reading it has raised.

    Raises what an outage raises: ModelFileError, OSError, SQLAlchemyError; and anything while no other photo can be
    read. A photo that cannot be read is noted, and so is one on which reading has raised `TRIES_MAX` times.
    """
    with database.read(unscoped("a worker reads photos of all reps again")) as reading_session:
        rescore = reading_session.scalars(select(Rescore).where(Rescore.id == rescore_id)).one()
        statement = select(Photo).where(*photos_of(rescore), Photo.id > after).order_by(Photo.id).limit(_AT_ONCE)
        photos = reading_session.scalars(statement).all() if rescore.state == "running" else []
        done = set(reading_session.scalars(select(RescoredPhoto.photo_id).where(*_of(rescore, photos))))
        views = {
            day: _view(reading_session, rescore, day) for day in {business_day(photo.received_at) for photo in photos}
        }
    failed: dict[str, Exception] = {}
    witness = False  # whether another photo was read after one had raised: then that is the photo's fault
    for photo in (each for each in photos if each.id not in done):
        try:
            row, ended = _read_again(store, vision, attempts, rescore, photo, views[business_day(photo.received_at)])
        except _OUTAGE:
            raise
        except Exception as error:  # its text may hold personal data
            _log.warning("step_failed", step="read again", photo=photo.id, error=type(error).__name__)
            failed[photo.id] = error
            continue
        if row is not None:
            _keep(database, row, rescore_id, ended=ended)
            witness |= bool(failed) and not row.fault
    if failed:
        if not witness:
            _read_another(database, store, vision, attempts, rescore, failed)
        for photo_id in failed:
            _hold_against(database, rescore, photo_id)
    if len(photos) == _AT_ONCE:
        return photos[-1].id
    read = exists().where(RescoredPhoto.photo_id == Photo.id, *_same(rescore))
    with database.write(unscoped("a worker reads photos of all reps again")) as s:
        if s.scalar(select(Photo.id).where(*photos_of(rescore), ~read).limit(1)) is None:
            s.scalars(select(Rescore).where(Rescore.id == rescore_id)).one().state = "done"
    return None


def _read_again(
    store: PhotoStore, vision: Vision, attempts: Attempts, rescore: Rescore, photo: Photo, view: CatalogueView
) -> tuple[RescoredPhoto | None, bool]:
    """What was read, None where the photo has to wait; and whether it was handled to the end."""
    reading, fault = dict[str, Any](), ""
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
    return _row(rescore, photo.id, reading, fault), turn == "go"


def _read_another(
    database: Database,
    store: PhotoStore,
    vision: Vision,
    attempts: Attempts,
    rescore: Rescore,
    failed: Mapping[str, Exception],
) -> None:
    """Read a photo of the rescoring: one that was read before if there is any, by chance, since one may have gone bad;
    else the newest. Raises if none of `_OTHERS` can be read: then the failures are no photo's fault."""
    known = (RescoredPhoto.photo_id == Photo.id) & and_(*_same(rescore))
    others = select(Photo).outerjoin(RescoredPhoto, known).where(*photos_of(rescore), Photo.id.not_in(failed))
    others = others.where(func.coalesce(RescoredPhoto.fault, "") == "")
    with database.read(unscoped("a worker reads photos of all reps again")) as s:
        by_chance = case((RescoredPhoto.photo_id.is_not(None), func.random()))
        order = RescoredPhoto.photo_id.is_(None), by_chance, Photo.id.desc()
        chosen = s.scalars(others.order_by(*order).limit(_OTHERS)).all()
        views = [_view(s, rescore, business_day(photo.received_at)) for photo in chosen]
    reason = next(iter(failed.values()))
    for photo, view in zip(chosen, views, strict=True):
        try:
            row, ended = _read_again(store, vision, attempts, rescore, photo, view)
        except Exception as error:
            reason = error
            continue
        if row is not None:
            _keep(database, row, rescore.id, ended=ended)
            if not row.fault:
                return
    raise reason


def _hold_against(database: Database, rescore: Rescore, photo_id: str) -> None:
    """Count a failure, as for an audit; the last one that a photo is allowed is noted as its fault."""
    with database.write(unscoped("a worker counts its failures on photos of all reps")) as s:
        s.execute(select(Photo.id).where(Photo.id == photo_id).with_for_update(key_share=True))
        now = utcnow()
        tries = count_failure(s, photo_id, now, read_at=now)
    if tries >= TRIES_MAX:
        _keep(database, _row(rescore, photo_id, {}, f"failed {tries} times"), rescore.id, ended=False)
        _log.error("photo_left_out", photo=photo_id, rescore=rescore.id)


def _view(s: ReadSession, rescore: Rescore, day: date) -> CatalogueView:
    return replace(catalog.view(s, rescore.brand_id, day), enrolled=rescore.enrolled)


def _row(rescore: Rescore, photo_id: str, reading: dict[str, Any], fault: str) -> RescoredPhoto:
    facings = reading["facts"]["facings"]["sku"].get(rescore.code) if reading else None
    bounds = facings or {"low": 0, "best": 0, "high": 0}
    return RescoredPhoto(
        photo_id=photo_id,
        code=rescore.code,
        enrolled=rescore.enrolled,
        brand_id=rescore.brand_id,
        **bounds,
        reading=reading if bounds["best"] else {},
        fault=fault[:200],
    )


def _keep(database: Database, row: RescoredPhoto, rescore_id: str, *, ended: bool) -> None:
    with database.write(unscoped("a worker keeps what it read on photos of all reps")) as s:
        s.execute(select(Rescore.id).where(Rescore.id == rescore_id).with_for_update())
        if s.get(RescoredPhoto, (row.photo_id, row.code, row.enrolled)) is None:
            s.add(row)
        if ended:
            end(s, row.photo_id)
            forget_failures(s, row.photo_id)


def _of(rescore: Rescore, photos: Sequence[Photo]) -> tuple[ColumnElement[bool], ...]:
    return (*_same(rescore), RescoredPhoto.photo_id.in_([photo.id for photo in photos]))


def _same(rescore: Rescore) -> tuple[ColumnElement[bool], ...]:
    return (RescoredPhoto.code == rescore.code, RescoredPhoto.enrolled == rescore.enrolled)

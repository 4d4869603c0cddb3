"""Ordering a rescoring, and what it found. `crm.workflows.rescoring` does it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from crm.access.scope import Scope, found, require
from crm.audits.photos.tables import Audit, Photo
from crm.catalog import enrolling
from crm.catalog import service as catalog
from crm.catalog.tables import Catalogue
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession, is_over
from crm.kernel.errors import Conflict
from crm.kernel.numbers import checked_whole
from crm.kernel.paging import Page, checked_limit, page_of
from crm.outlets.tables import Outlet
from crm.rescoring.tables import Rescore, RescoredPhoto

DAYS_MAX = 400


@dataclass(frozen=True)
class Progress:
    """A rescoring, how many of its photos are read again, and on how many of them the SKU stands in the best
    estimate."""

    rescore: Rescore
    read: int
    found: int


@dataclass(frozen=True)
class Placement:
    """A photo on which the SKU was found, where it was taken, and the interval of its fronts there."""

    photo: Photo
    outlet: Outlet
    facings: dict[str, int]


def order(s: WriteSession, scope: Scope, code: str, days: int, brand_id: str | None = None) -> Rescore:
    """The order to look for an enrolled SKU on the photos of the last `days` days (1 to 400) that were received before
    its enrolment; one under way that covers them is given again. Managers of the brand only; an admin names the brand.

    It is for the caller to have it worked on. NotFound, Invalid('days'), Conflict where the SKU is not enrolled.
    """
    require(scope, "manager", "data")
    brand_id = catalog.managed_brand(scope, brand_id)
    checked_whole("days", days, 1, DAYS_MAX)
    enrolment = found(enrolling.card(s, brand_id, code), "this SKU").enrolment
    if enrolment is None:
        raise Conflict(
            "this SKU was not enrolled: its photos were read with it already",
            "该商品未通过参考图录入：历史照片已按其识别",
            code="not_enrolled",
        )
    number = s.scalars(select(Catalogue.enrolled).where(Catalogue.brand_id == brand_id).with_for_update()).one()
    since = utcnow() - timedelta(days=days)
    running = s.scalars(
        select(Rescore)
        .where(Rescore.brand_id == brand_id, Rescore.code == code, Rescore.enrolled == number)
        .where(Rescore.state == "running", Rescore.since <= since + timedelta(days=1))
    ).first()
    if running is not None:
        return running
    made = Rescore(
        brand_id=brand_id,
        code=code,
        enrolled=number,
        since=since,
        until=enrolment.created_at,
        photos=0,
        ordered_by=scope.user_id or None,
    )
    made.photos = s.scalar(select(func.count()).select_from(Photo).where(*photos_of(made))) or 0
    s.add(made)
    s.flush()
    return made


def get_rescore(s: ReadSession, scope: Scope, rescore_id: str) -> Progress:
    """How far a rescoring is. Auditors, managers and data people of the brand; NotFound."""
    require(scope, "auditor", "manager", "data")
    rescore = found(s.scalar(select(Rescore).where(Rescore.id == rescore_id)), "this rescoring")
    counts = select(func.count(), func.count().filter(RescoredPhoto.best >= 1)).select_from(RescoredPhoto)
    read, seen = s.execute(counts.join(Photo, Photo.id == RescoredPhoto.photo_id).where(*_rows_of(rescore))).one()
    return Progress(rescore, read, seen)


def list_placements(
    s: ReadSession, scope: Scope, rescore_id: str, after: str | None = None, limit: int = 50
) -> Page[Placement]:
    """Photos of a rescoring on which the SKU stands in the best estimate, in the order of their receipt."""
    rescore = get_rescore(s, scope, rescore_id).rescore
    statement = (
        select(RescoredPhoto, Photo, Outlet)
        .join(Photo, Photo.id == RescoredPhoto.photo_id)
        .join(Audit, Audit.id == Photo.audit_id)
        .join(Outlet, Outlet.id == Audit.outlet_id)
        .where(*_rows_of(rescore), RescoredPhoto.best >= 1, Photo.id > (after or ""))
        .order_by(Photo.id)
        .limit(checked_limit(limit) + 1)
    )
    rows = [
        Placement(photo, outlet, {"low": row.low, "best": row.best, "high": row.high})
        for row, photo, outlet in s.execute(statement)
    ]
    return page_of(rows, limit, lambda placement: placement.photo.id)


def unfinished(s: ReadSession, before: datetime, limit: int = 100) -> list[str]:
    """Rescorings ordered before a time that are not done."""
    waiting = (Rescore.state == "running", is_over(Rescore.created_at, before))
    return list(s.scalars(select(Rescore.id).where(*waiting).order_by(Rescore.created_at).limit(limit)))


def photos_of(rescore: Rescore) -> tuple[ColumnElement[bool], ...]:
    """Those that were read before the SKU was enrolled; later ones were read with it."""
    window = (Photo.received_at >= rescore.since, Photo.received_at < rescore.until)
    return (Photo.brand_id == rescore.brand_id, Photo.state == "read", *window)


def _rows_of(rescore: Rescore) -> tuple[ColumnElement[bool], ...]:
    """Of RescoredPhoto joined with Photo."""
    same = (RescoredPhoto.code == rescore.code, RescoredPhoto.enrolled == rescore.enrolled)
    return (RescoredPhoto.brand_id == rescore.brand_id, *same, *photos_of(rescore))

"""The photos of an audit, what was read of them, and the photos to hold beside them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import exists, select

from crm.access.scope import Scope
from crm.audits.boxes import certainty_of
from crm.audits.duplicates import Resembling, resembling
from crm.audits.explaining.facts import ranges_of
from crm.audits.named import named
from crm.audits.paying import of_other_displays, pays
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision, PhotoReading
from crm.audits.told import (
    AuditState,
    Box,
    Certainty,
    FactTold,
    FlagTold,
    OtherDisplay,
    PhotoState,
    PhotoTold,
    ProductTold,
    Resembled,
    Told,
)
from crm.audits.wording import text
from crm.catalog.service import CatalogueView
from crm.kernel.db import ReadSession
from pipeline.texts import Text

OTHER_DISPLAYS_TOLD = 20


def photos_told(s: ReadSession, audit: Audit) -> tuple[PhotoTold, ...]:
    """The photos of an audit in the order of their coming."""
    rows = s.scalars(select(PhotoReading).where(PhotoReading.audit_id == audit.id))
    readings = {each.photo_id: each for each in rows}
    photos = s.scalars(select(Photo).where(Photo.audit_id == audit.id).order_by(Photo.id))
    return tuple(_photo(photo, readings.get(photo.id)) for photo in photos)


def products_told(
    view: CatalogueView | None, photos: Sequence[PhotoTold], facts: Iterable[FactTold]
) -> dict[str, ProductTold]:
    """The products of the catalogue that have a box on these photos, or that by these facts may be there, by code."""
    if view is None:
        return {}
    seen = {box.sku for photo in photos for box in photo.detections}
    seen |= {fact.sku for fact in facts if fact.high > 0}
    return {
        code: ProductTold(Text(**name), code in view.own, code in view.new)
        for code, name in view.names.items()
        if code in seen
    }


def other_displays(s: ReadSession, scope: Scope, audit: Audit) -> tuple[OtherDisplay, ...]:
    """The other displays of this outlet, task and period, as far as the caller may see them: the paid ones first, then
    the newest, OTHER_DISPLAYS_TOLD at most. However many poor ones were sent, the one that matters is shown."""
    paid = exists().where(Decision.audit_id == Audit.id, pays())
    others = select(Audit).where(*of_other_displays(audit))
    found = s.scalars(others.order_by(paid.desc(), Audit.id.desc()).limit(OTHER_DISPLAYS_TOLD)).all()
    ready = select(Photo.audit_id, Photo.id).where(Photo.audit_id.in_([each.id for each in found]))
    pictures: dict[str, list[str]] = {}
    for audit_id, photo_id in s.execute(ready.where(Photo.picture_key.is_not(None)).order_by(Photo.id)):
        pictures.setdefault(audit_id, []).append(photo_id)
    return tuple(
        OtherDisplay(each.id, each.display, cast(AuditState, each.state), tuple(pictures.get(each.id, [])))
        for each in found
    )


def resembles(s: ReadSession, scope: Scope, audit: Audit) -> tuple[Resembled, ...]:
    """The photos for which those of the audit were flagged, as far as the caller may see them."""
    return tuple(_resembled(each) for each in resembling(s, scope, audit.id))


def _resembled(found: Resembling) -> Resembled:
    return Resembled(
        photo_id=found.photo_id,
        code=found.code,
        other_photo_id=found.other.id,
        audit_id=found.other.audit_id,
        outlet=named(found.outlet),
        received_at=found.other.received_at,
        has_picture=found.other.picture_key is not None,
    )


def _photo(photo: Photo, reading: PhotoReading | None) -> PhotoTold:
    seen: Mapping[str, Any] = reading.reading if reading is not None else {}
    return PhotoTold(
        id=photo.id,
        state=cast(PhotoState, photo.state),
        width=photo.width,
        height=photo.height,
        received_at=photo.received_at,
        detections=tuple(_boxes(seen.get("detections", []))),
        facts=ranges_of(seen.get("facts", {})),
        flags=tuple(FlagTold.of(each) for each in (reading.flags if reading is not None else ())),
        timings_ms=seen.get("timings_ms", {}),
        has_picture=photo.picture_key is not None,
        has_annotated=photo.annotated_key is not None,
        undrawn=_undrawn(photo),
    )


def _boxes(detections: Sequence[Mapping[str, Any]]) -> Iterable[Box]:
    for each in detections:
        certainty = certainty_of(each)
        if certainty is not None:
            kept = {name: each[name] for name in ("label", "score", "sku", "sku_score", "row")}
            yield Box(box=tuple(each["box"]), certainty=cast(Certainty, certainty), **kept)


def _undrawn(photo: Photo) -> Told | None:
    """Why there is no picture of what was seen; None where there is one, or one may still come."""
    if photo.annotated_key is not None or photo.undrawn_at is None:
        return None
    return Told.of(text("no_picture" if photo.picture_key is None else "not_drawn"))

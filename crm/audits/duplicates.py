"""Photos that were sent before, within a brand.

Two photos of one audit may look alike: they show one display. The same bytes twice are a duplicate even
there.
"""

from sqlalchemy import ColumnElement, exists, or_, select

from crm.audits.rules import Flag
from crm.audits.tables import Decision, PhotoBand
from crm.db import ReadSession, WriteSession
from crm.visits.tables import Photo
from pipeline.authenticity import band_probes, hamming, hash_bands
from pipeline.flags import flag
from pipeline.thresholds import NEAR_DUPLICATE_BITS


def remember_hash(s: WriteSession, photo: Photo, perceptual_hash: bytes) -> None:
    """Make the photo findable by its bands."""
    photo.perceptual_hash = perceptual_hash
    for number, value in enumerate(hash_bands(perceptual_hash)):
        s.add(PhotoBand(brand_id=photo.brand_id, band_no=number, value=value, photo_id=photo.id))


def duplicate_flags(s: ReadSession, photo: Photo) -> list[Flag]:
    """exact_duplicate, or near_duplicate, or nothing.

    A photo counts against earlier ones (by id), and against later ones that have been decided first. Called
    under the brand's lock, this leaves no order of events in which both of a pair pass.
    """
    same_bytes = select(Photo.id).where(
        Photo.brand_id == photo.brand_id, Photo.sha256 == photo.sha256, Photo.id != photo.id, _before(photo)
    )
    if s.scalar(same_bytes.limit(1)) is not None:
        return [flag("exact_duplicate")]
    if photo.perceptual_hash is None:
        return []
    bands = [
        (PhotoBand.band_no == number) & PhotoBand.value.in_(values)
        for number, values in enumerate(band_probes(photo.perceptual_hash))
    ]
    candidates = (
        select(Photo.perceptual_hash)
        .join(PhotoBand, PhotoBand.photo_id == Photo.id)
        .where(PhotoBand.brand_id == photo.brand_id, or_(*bands), Photo.audit_id != photo.audit_id)
        .where(_before(photo))
        .distinct()
    )
    for other in s.scalars(candidates):
        if other is not None and hamming(other, photo.perceptual_hash) <= NEAR_DUPLICATE_BITS:
            return [flag("near_duplicate")]
    return []


def _before(photo: Photo) -> ColumnElement[bool]:
    return or_(Photo.id < photo.id, exists().where(Decision.audit_id == Photo.audit_id))

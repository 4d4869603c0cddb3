"""Photos that were sent before, within a brand: the same bytes, the same picture, or the same picture altered.

Two photos of one audit may look alike: they show one display. The same bytes twice are a duplicate even
there.

The same bytes and the same picture, however it is turned (`pipeline.intake.perceptual_hash`), are found among all
photos of the brand; altered ones (`pipeline.intake.likeness`) among those of COPIES_SOUGHT before. A photo that was
read before likenesses were kept has none: it is known by its bytes and by its hash alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, insert, or_, select, union_all

from crm.access.scope import Scope, in_scope
from crm.audits.photos.tables import Audit, Photo
from crm.audits.rules import Flag
from crm.audits.tables import Decision, PhotoBand, PhotoLikeness, PhotoWord, Resemblance
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.ids import id_before
from crm.outlets.tables import Outlet
from pipeline.flags import flag
from pipeline.intake.likeness import Likeness, is_copy, neighbours
from pipeline.intake.perceptual_hash import band_probes, hamming, hash_bands, turned_hashes
from pipeline.thresholds import COPY_VOTES_MIN, NEAR_DUPLICATE_BITS

COPIES_SOUGHT = timedelta(days=90)


@dataclass(frozen=True)
class Resembling:
    """A photo and the other one for which it was flagged, with the outlet where that one was taken."""

    photo_id: str
    code: str
    other: Photo
    outlet: Outlet


def remember(s: WriteSession, photo: Photo, perceptual_hash: bytes, likeness: bytes | None) -> None:
    """Make the photo findable by its bands and words. `likeness`: pipeline.intake.likeness.Likeness, packed."""
    photo.perceptual_hash = perceptual_hash
    for number, value in enumerate(hash_bands(perceptual_hash)):
        s.add(PhotoBand(brand_id=photo.brand_id, band_no=number, value=value, photo_id=photo.id))
    if likeness is None:
        return
    s.add(PhotoLikeness(photo_id=photo.id, data=likeness))
    rows = [{"brand_id": photo.brand_id, "word": word} for word in Likeness.unpacked(likeness).words()]
    if rows:
        s.execute(insert(PhotoWord), [{**row, "photo_id": photo.id} for row in rows])


def duplicate_flags(s: WriteSession, photo: Photo) -> list[Flag]:
    """exact_duplicate, or near_duplicate, or nothing; of which other photo is kept.

    A photo counts against earlier ones (by id), and against later ones that have been decided first. Called
    under the brand's lock, this leaves no order of events in which both of a pair pass, since each of the three looks
    finds the one by the other where it finds the other by the one: equal bytes; bits that differ in the best of the
    turns (`turned_hashes`); pairs of words that differ in at most one bit, then pixels, compared in the order of the
    ids.
    """
    for code, look in (("exact_duplicate", _same_bytes), ("near_duplicate", _same), ("near_duplicate", _altered)):
        other_id = look(s, photo)
        if other_id is not None:
            s.add(Resemblance(photo_id=photo.id, other_id=other_id, code=code))
            return [flag(code)]
    return []


def resembling(s: ReadSession, scope: Scope, audit_id: str) -> Sequence[Resembling]:
    """The photos for which those of an audit were flagged, as far as the caller may see them."""
    mine = select(Photo.id).where(Photo.audit_id == audit_id)
    rows = s.execute(
        select(Resemblance, Photo, Outlet)
        .join(Photo, Photo.id == Resemblance.other_id)
        .join(Audit, Audit.id == Photo.audit_id)
        .join(Outlet, Outlet.id == Audit.outlet_id)
        .where(Resemblance.photo_id.in_(mine), in_scope(scope, Photo))
        .order_by(Resemblance.photo_id)
    )
    return [Resembling(each.photo_id, each.code, other, outlet) for each, other, outlet in rows]


def _same_bytes(s: ReadSession, photo: Photo) -> str | None:
    same = (Photo.brand_id == photo.brand_id, Photo.sha256 == photo.sha256, Photo.id != photo.id, _before(photo))
    return s.scalar(select(Photo.id).where(*same).order_by(Photo.id).limit(1))


def _same(s: ReadSession, photo: Photo) -> str | None:
    """The same picture, re-encoded, resized, relit or framed, in any of its eight turns."""
    if photo.perceptual_hash is None:
        return None
    turns = turned_hashes(photo.perceptual_hash)
    asked = [{value for probe in probes for value in probe} for probes in zip(*map(band_probes, turns), strict=True)]
    met = union_all(  # and not OR, for which SQLite reads all bands of the brand
        *(
            select(PhotoBand.photo_id).where(
                PhotoBand.brand_id == photo.brand_id, PhotoBand.band_no == number, PhotoBand.value.in_(_inline(values))
            )
            for number, values in enumerate(asked)
        )
    )
    candidates = (
        select(Photo.id, Photo.perceptual_hash)
        .where(Photo.id.in_(met), Photo.audit_id != photo.audit_id, _before(photo))
        .order_by(Photo.id)
    )
    for other_id, value in s.execute(candidates):
        if value is not None and min(hamming(value, turn) for turn in turns) <= NEAR_DUPLICATE_BITS:
            return str(other_id)
    return None


def _altered(s: ReadSession, photo: Photo) -> str | None:
    """The same picture, cropped, turned a little, covered in part, slanted, or two of these at once."""
    stored = s.get(PhotoLikeness, photo.id)
    if stored is None:
        return None
    mine = Likeness.unpacked(stored.data)
    others = (
        select(Photo.id, PhotoLikeness.data)
        .join(PhotoLikeness, PhotoLikeness.photo_id == Photo.id)
        .where(Photo.id.in_(_candidates(s, photo, mine)), Photo.audit_id != photo.audit_id, _before(photo))
        .order_by(Photo.id)
    )
    for other_id, data in s.execute(others):
        pair = sorted([(photo.id, mine), (other_id, Likeness.unpacked(data))], key=lambda each: each[0])
        if is_copy(pair[0][1], pair[1][1]):
            return str(other_id)
    return None


def _candidates(s: ReadSession, photo: Photo, likeness: Likeness) -> Iterable[str]:
    """Photos of the brand of which enough words differ in at most one bit."""
    asked = Counter(neighbours(likeness.words()))
    met = select(PhotoWord.word, PhotoWord.photo_id).where(
        PhotoWord.brand_id == photo.brand_id,
        PhotoWord.word.in_(_inline(asked)),
        PhotoWord.photo_id >= id_before(photo.id, COPIES_SOUGHT),
        PhotoWord.photo_id != photo.id,
    )
    votes: Counter[str] = Counter()
    for word, photo_id in s.execute(met):
        votes[photo_id] += asked[word]
    return [photo_id for photo_id, number in votes.items() if number >= COPY_VOTES_MIN]


def _inline(numbers: Collection[int]) -> BindParameter[Any]:
    """Thousands of whole numbers, written into the statement: as parameters they cost several times as much."""
    return bindparam(None, sorted(numbers), expanding=True, literal_execute=True, unique=True)


def _before(photo: Photo) -> ColumnElement[bool]:
    return or_(Photo.id < photo.id, exists().where(Decision.audit_id == Photo.audit_id))

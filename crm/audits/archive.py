"""The looks through a brand's photos for those that one resembles: the same bytes, the same picture, the same altered.

The same bytes and the same picture, however it is turned (`pipeline.intake.perceptual_hash`), are found among all
photos of the brand; altered ones (`pipeline.intake.likeness`) among those of COPIES_SOUGHT before. A photo that was
read before likenesses were kept has none: it is known by its bytes and by its hash alone.

Each look finds the one by the other where it finds the other by the one: equal bytes; bits that differ in the best of
the turns (`turned_hashes`); pairs of words that differ in at most one bit, then pixels, compared in the order of the
ids. On this rests that of two copies one is found (`crm.audits.duplicates`).
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, func, or_, select, union_all

from crm.audits.photos.tables import Photo
from crm.audits.tables import PhotoBand, PhotoLikeness, PhotoWord
from crm.kernel.bits import bits_apart
from crm.kernel.db import ReadSession
from crm.kernel.ids import id_before
from pipeline.intake.hash_bands import QUARTER_BITS, QUARTER_REACH, Probe, band_probes
from pipeline.intake.likeness import Likeness, is_copy, neighbours
from pipeline.intake.perceptual_hash import hamming, turned_hashes
from pipeline.thresholds import COPY_CANDIDATES_MAX, COPY_VOTES_MIN, NEAR_DUPLICATE_BITS

COPIES_SOUGHT = timedelta(days=90)


def first_alike(s: ReadSession, photo: Photo, counting: ColumnElement[bool]) -> tuple[str, str] | None:
    """The flag's code and the id of the first photo of the brand that is alike, among those for which `counting` (of
    Photo) holds. Two photos of one audit may look alike, since they show one display; the same bytes twice are a
    duplicate even there."""
    for name, look in LOOKS.items():
        other_id = look(s, photo, counting)
        if other_id is not None:
            return "exact_duplicate" if name == "bytes" else "near_duplicate", other_id
    return None


def alike(s: ReadSession, photo: Photo, other: Photo) -> str | None:
    """The flag's code where the two are alike, as `first_alike` finds one by the other; None where they are not."""
    if photo.sha256 == other.sha256:
        return "exact_duplicate"
    if photo.audit_id == other.audit_id:
        return None
    mine, theirs = photo.perceptual_hash, other.perceptual_hash
    if mine is not None and theirs is not None and _apart(turned_hashes(mine), theirs) <= NEAR_DUPLICATE_BITS:
        return "near_duplicate"
    one, two = s.get(PhotoLikeness, photo.id), s.get(PhotoLikeness, other.id)
    if one is None or two is None or min(photo.id, other.id) < id_before(max(photo.id, other.id), COPIES_SOUGHT):
        return None
    pair = (photo.id, Likeness.unpacked(one.data)), (other.id, Likeness.unpacked(two.data))
    asked = Counter(neighbours(pair[0][1].words()))
    votes = sum(asked[word] for word in pair[1][1].words())
    return "near_duplicate" if votes >= COPY_VOTES_MIN and _is_copy(*pair) else None


def _same_bytes(s: ReadSession, photo: Photo, counting: ColumnElement[bool]) -> str | None:
    same = (Photo.brand_id == photo.brand_id, Photo.sha256 == photo.sha256, Photo.id != photo.id, counting)
    return s.scalar(select(Photo.id).where(*same).order_by(Photo.id).limit(1))


def _same(s: ReadSession, photo: Photo, counting: ColumnElement[bool]) -> str | None:
    """The same picture, re-encoded, resized, relit or framed, in any of its eight turns."""
    if photo.perceptual_hash is None:
        return None
    met = union_all(*(_near(photo, number, probe) for number, probe in enumerate(band_probes(photo.perceptual_hash))))
    # Two statements, since the databases guess badly how few are met.
    candidates = (
        select(Photo.id, Photo.perceptual_hash)
        .where(Photo.id.in_(set(s.scalars(met))), Photo.audit_id != photo.audit_id, counting)
        .order_by(Photo.id)
    )
    turns = turned_hashes(photo.perceptual_hash)
    for other_id, value in s.execute(candidates):
        if value is not None and _apart(turns, value) <= NEAR_DUPLICATE_BITS:
            return str(other_id)
    return None


def _near(photo: Photo, number: int, probe: Probe) -> Select[str]:
    """Photos of the brand of which one band is near, and the quarter of the hash that it is of."""
    middle = QUARTER_BITS // 2  # as far as can be: a quarter and its reverse are the same
    apart = (func.abs(bits_apart(PhotoBand.quarter, quarter) - middle) for quarter in probe.quarters)
    return select(PhotoBand.photo_id).where(
        PhotoBand.brand_id == photo.brand_id,
        PhotoBand.band_no == number,
        PhotoBand.value.in_(_inline(probe.values)),
        or_(*(each >= middle - QUARTER_REACH for each in apart)),
    )


def _apart(turns: Iterable[bytes], value: bytes) -> int:
    """Bits in which a hash differs from the nearest of the turns."""
    return min(hamming(value, turn) for turn in turns)


def _altered(s: ReadSession, photo: Photo, counting: ColumnElement[bool]) -> str | None:
    """The same picture, cropped, turned a little, covered in part, slanted, or two of these at once."""
    stored = s.get(PhotoLikeness, photo.id)
    if stored is None:
        return None
    mine = Likeness.unpacked(stored.data)
    others = (
        select(Photo.id, PhotoLikeness.data)
        .join(PhotoLikeness, PhotoLikeness.photo_id == Photo.id)
        .where(Photo.id.in_(_candidates(s, photo, mine)), Photo.audit_id != photo.audit_id, counting)
        .order_by(Photo.id)
    )
    for other_id, data in s.execute(others):
        if _is_copy((photo.id, mine), (other_id, Likeness.unpacked(data))):
            return str(other_id)
    return None


def _is_copy(one: tuple[str, Likeness], other: tuple[str, Likeness]) -> bool:
    first, second = sorted((one, other), key=lambda each: each[0])
    return is_copy(first[1], second[1])


def _candidates(s: ReadSession, photo: Photo, likeness: Likeness) -> set[str]:
    """Photos of the brand with enough pairs of words that differ in at most one bit: those that have most of them."""
    asked = Counter(neighbours(likeness.words()))
    if not asked:
        return set()
    again = {word: number for word, number in asked.items() if number > 1}  # near to several of the photo's words
    pairs = func.sum(case(again, value=PhotoWord.word, else_=1) if again else 1)
    met = (
        select(PhotoWord.photo_id)
        .where(
            PhotoWord.brand_id == photo.brand_id,
            PhotoWord.word.in_(_inline(asked)),
            PhotoWord.photo_id >= id_before(photo.id, COPIES_SOUGHT),
            PhotoWord.photo_id.not_in(s.scalars(select(Photo.id).where(Photo.audit_id == photo.audit_id)).all()),
        )
        .group_by(PhotoWord.photo_id)
        .having(pairs >= COPY_VOTES_MIN)
        .order_by(pairs.desc(), PhotoWord.photo_id)
        .limit(COPY_CANDIDATES_MAX)
    )
    return set(s.scalars(met))


def _inline(numbers: Collection[int]) -> BindParameter[Any]:
    """Thousands of whole numbers, written into the statement: as parameters they cost several times as much."""
    return bindparam(None, sorted(numbers), expanding=True, literal_execute=True, unique=True)


LOOKS = {"bytes": _same_bytes, "turns": _same, "altered": _altered}
"""In this order, by what they find."""

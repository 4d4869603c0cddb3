"""Photos that were sent before, within a brand: of two that are alike, one goes to a person.

No lock of a decision is asked for that. Of each photo

1. what it is known by is kept when it is read, and commits (`remember`; with it a row of PhotoUnsought, `to_seek`);
2. then the archive is looked through, outside every lock (`look`);
3. what was found is kept in a short transaction, which ends the row of PhotoUnsought (`keep`);
4. only then is its audit decided, by what was kept (`unsought`, `duplicate_flags`).

Of two that are alike, the one whose first step commits second sees the other in its second step, since its look begins
after. So at least one finds the other, whatever is held open meanwhile. Who finds an earlier one (by id) is flagged.
Who finds a later one flags that one, if it is still to be kept, and is flagged itself if it is not; the rows of
PhotoUnsought are locked for it, so that the other cannot be kept in between. So one of the two is flagged before either
is decided, and never both, unless the later one was decided for by a person. docs/copies.md goes through the orders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select

from crm.access.scope import Scope
from crm.access.session import unscoped
from crm.audits.archive import alike, first_alike
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision, PhotoBand, PhotoLikeness, PhotoUnsought, PhotoWord, Resemblance
from crm.audits.wording import Flag
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.outlets.tables import Outlet
from pipeline.flags import flag
from pipeline.intake.hash_bands import hash_bands
from pipeline.intake.likeness import Likeness


@dataclass(frozen=True)
class Resembling:
    """A photo and the other one for which it was flagged, with the outlet where that one was taken."""

    photo_id: str
    code: str
    other: Photo
    outlet: Outlet


@dataclass(frozen=True)
class Found:
    """What a look found. first: flag's code and id of the first photo that counts against it; None: nothing.
    later: codes by the ids of photos that are alike, were sent after it, and whose own look was not kept yet."""

    photo_id: str
    first: tuple[str, str] | None
    later: Mapping[str, str]


def to_seek(s: WriteSession, photo: Photo) -> None:
    """The archive is to be looked through for the photo, once this transaction has committed."""
    s.add(PhotoUnsought(photo_id=photo.id, brand_id=photo.brand_id))


def remember(s: WriteSession, photo: Photo, perceptual_hash: bytes, likeness: bytes | None) -> None:
    """Make the photo findable by its bands and words. `likeness`: pipeline.intake.likeness.Likeness, packed."""
    photo.perceptual_hash = perceptual_hash
    bands, of_photo = hash_bands(perceptual_hash), {"brand_id": photo.brand_id, "photo_id": photo.id}
    numbered = enumerate(zip(bands.values, bands.quarters, strict=True))
    s.execute(
        insert(PhotoBand),
        [{**of_photo, "band_no": number, "value": value, "quarter": quarter} for number, (value, quarter) in numbered],
    )
    if likeness is None:
        return
    s.add(PhotoLikeness(photo_id=photo.id, data=likeness))
    rows = [{**of_photo, "word": word} for word in Likeness.unpacked(likeness).words()]
    if rows:
        s.execute(insert(PhotoWord), rows)


def seek(database: Database, photo_id: str) -> None:
    """Look for what a photo that was read resembles, and keep it; a second call changes nothing. What it is known by
    has been committed; the caller holds no transaction."""
    with database.read(unscoped("a photo is looked for among those of all reps")) as s:
        found = look(s, photo_id)
    if found is not None:
        with database.write(unscoped("a photo is looked for among those of all reps")) as s:
            keep(s, found)


def seek_all(database: Database, audit_id: str) -> None:
    """`seek`, of each photo of an audit for which it has not been done."""
    with database.read(unscoped("a photo is looked for among those of all reps")) as s:
        photos = select(PhotoUnsought.photo_id).join(Photo, Photo.id == PhotoUnsought.photo_id)
        waiting = s.scalars(photos.where(Photo.audit_id == audit_id).order_by(Photo.id)).all()
    for photo_id in waiting:
        seek(database, photo_id)


def look(s: ReadSession, photo_id: str) -> Found | None:
    """Look through the archive; None where that has been done and kept. Writes nothing."""
    if s.get(PhotoUnsought, photo_id) is None:
        return None
    photo = s.get(Photo, photo_id)
    assert photo is not None
    waiting = select(Photo).join(PhotoUnsought, PhotoUnsought.photo_id == Photo.id)
    later = s.scalars(waiting.where(PhotoUnsought.brand_id == photo.brand_id, Photo.id > photo.id)).all()
    codes = {other.id: alike(s, photo, other) for other in later}
    return Found(
        photo.id,
        first_alike(s, photo, _counting(photo)),
        {other_id: code for other_id, code in codes.items() if code is not None},
    )


def keep(s: WriteSession, found: Found) -> None:
    """Keep what was found: the photo is flagged, or later ones are that are alike; a second call changes nothing.

    In a transaction of its own, which is short: it locks the rows of PhotoUnsought of photos that are alike, in the
    order of their ids.
    """
    rows = select(PhotoUnsought.photo_id).where(PhotoUnsought.photo_id.in_([found.photo_id, *found.later]))
    unkept = set(s.scalars(rows.order_by(PhotoUnsought.photo_id).with_for_update()))
    if found.photo_id not in unkept:
        return
    known = select(Resemblance.photo_id, Resemblance.other_id)
    flagged = {
        photo_id: other_id
        for photo_id, other_id in s.execute(known.where(Resemblance.photo_id.in_([found.photo_id, *found.later])))
    }
    first = found.first
    for other_id, code in sorted(found.later.items()):
        if other_id in unkept:
            if other_id not in flagged:
                s.add(Resemblance(photo_id=other_id, other_id=found.photo_id, code=code))
        elif flagged.get(other_id) != found.photo_id:  # its look did not see this one, and is kept
            first = first or (code, other_id)
    if first is not None and found.photo_id not in flagged:
        s.add(Resemblance(photo_id=found.photo_id, other_id=first[1], code=first[0]))
    s.execute(delete(PhotoUnsought).where(PhotoUnsought.photo_id == found.photo_id))
    s.flush()


def unsought(s: ReadSession, audit_id: str) -> bool:
    """Whether the archive is still to be looked through for a photo of an audit that was read."""
    photos = select(PhotoUnsought.photo_id).join(Photo, Photo.id == PhotoUnsought.photo_id)
    return s.scalar(photos.where(Photo.audit_id == audit_id).limit(1)) is not None


def duplicate_flags(s: ReadSession, photos: Sequence[Photo]) -> list[Flag]:
    """exact_duplicate or near_duplicate for each of the photos that was flagged, in their order. The archive has been
    looked through for them."""
    ids = [photo.id for photo in photos]
    rows = select(Resemblance.code).where(Resemblance.photo_id.in_(ids)).order_by(Resemblance.photo_id)
    return [flag(code) for code in s.scalars(rows)]


def resembling(s: ReadSession, scope: Scope, audit_id: str) -> Sequence[Resembling]:
    """The photos for which those of an audit were flagged, as far as the caller may see them."""
    mine = select(Photo.id).where(Photo.audit_id == audit_id)
    rows = s.execute(
        select(Resemblance, Photo, Outlet)
        .join(Photo, Photo.id == Resemblance.other_id)
        .join(Audit, Audit.id == Photo.audit_id)
        .join(Outlet, Outlet.id == Audit.outlet_id)
        .where(Resemblance.photo_id.in_(mine))
        .order_by(Resemblance.photo_id)
    )
    return [Resembling(each.photo_id, each.code, other, outlet) for each, other, outlet in rows]


def _counting(photo: Photo) -> ColumnElement[bool]:
    """Which photos count against one that is alike: earlier ones; and later ones whose look is kept, or of which a
    person decided without, unless they were flagged for this one and nobody passed them."""
    decided = exists().where(Decision.audit_id == Photo.audit_id)
    passed = exists().where(Decision.audit_id == Photo.audit_id, Decision.outcome == "pass")
    flagged = exists().where(Resemblance.photo_id == Photo.id, Resemblance.other_id == photo.id)
    kept = and_(Photo.state != "received", ~exists().where(PhotoUnsought.photo_id == Photo.id))
    return or_(Photo.id < photo.id, and_(or_(kept, decided), or_(passed, ~flagged)))

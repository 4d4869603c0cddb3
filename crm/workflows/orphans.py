"""Bytes in the photo store that no row names are deleted, a day after they came."""

from collections.abc import Collection

import structlog
from sqlalchemy import select

from crm.access.session import unscoped
from crm.audits.photos.tables import Photo
from crm.catalog.tables import Enrolment
from crm.kernel.db import Database, ReadSession
from crm.kernel.photo_store import PhotoStore
from crm.storing.service import drop, orphans

_AT_ONCE_MAX = 500
_log = structlog.get_logger("shelfproof.workflows")
NAMES = (Photo.sha256, Photo.picture_key, Photo.annotated_key)  # and pictures of Enrolment: all that name an object


def collect(database: Database, store: PhotoStore) -> int:
    """Delete what nobody has named, some at a time, each in a transaction of its own; how many objects."""
    with database.read(unscoped("rows of all brands keep the bytes that they name")) as s:
        due = orphans(s, _AT_ONCE_MAX)
        still_named = _named(s, due) if due else set()
    gone = failed = 0
    for key, put_at in due.items():
        try:
            with database.write(unscoped("bytes that no row names are nobody's")) as s:
                gone += drop(s, store, key, put_at, is_named=key in still_named)
        except OSError:  # one that cannot be deleted holds up no other; it is tried again the next time
            failed += 1
    if gone or failed:
        _log.info("orphans_deleted", objects=gone, failed=failed)
    return gone


def _named(s: ReadSession, keys: Collection[str]) -> set[str]:
    """Those of these keys that a row names. Whoever names one later puts its bytes anew first, which `drop` sees."""
    found = {key for column in NAMES for key in s.scalars(select(column).where(column.in_(keys))) if key is not None}
    pictures = (each["sha256"] for row in s.scalars(select(Enrolment.pictures)) for each in row)
    return found.union(pictures).intersection(keys)

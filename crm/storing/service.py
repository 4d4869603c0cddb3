"""Bytes go to the photo store before the transaction opens that names them; what is never named is collected.

The store has one object for the same bytes, whoever sends them, so nobody may delete one that another is just naming.
Who puts bytes says so first, in a row; who deletes holds that row, and leaves it where it was written lately.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from crm.access.session import unscoped
from crm.kernel.db import Database, ReadSession, WriteSession, now_of
from crm.kernel.photo_store import PhotoStore
from crm.storing.tables import UnnamedBytes

ORPHANED_AFTER = timedelta(days=1)  # a request or a step names what it has put within seconds


def keep(database: Database, store: PhotoStore, data: bytes) -> str:
    """Put bytes into the store, and give their key; call it in no transaction. The one that names the key calls
    `named`; else they are an orphan, which goes after a day. OSError when the store is full or away."""
    key = hashlib.sha256(data).hexdigest()
    with database.write(unscoped("bytes on their way into the store are nobody's yet")) as s:
        dialect = postgresql if database.dialect == "postgresql" else sqlite
        row = dialect.insert(UnnamedBytes).values(key=key, put_at=now_of(s))
        s.execute(row.on_conflict_do_update(index_elements=["key"], set_={"put_at": row.excluded.put_at}))
    return store.put(data)


def named(s: WriteSession, *keys: str) -> set[str]:
    """Rows of this transaction name these keys: they are no orphans. Those of them that were unnamed until now."""
    were = delete(UnnamedBytes).where(UnnamedBytes.key.in_(keys)).returning(UnnamedBytes.key)
    with unscoped("bytes on their way into the store are nobody's yet").of(s):
        return set(s.scalars(were))


def orphans(s: ReadSession, limit: int) -> dict[str, datetime]:
    """Keys that may be orphans, since nobody put their bytes lately, and when that was; the oldest first. Other rows
    may name them all the same."""
    due = select(UnnamedBytes).where(UnnamedBytes.put_at < now_of(s) - ORPHANED_AFTER)
    return {row.key: row.put_at for row in s.scalars(due.order_by(UnnamedBytes.put_at).limit(limit))}


def drop(s: WriteSession, store: PhotoStore, key: str, put_at: datetime, *, is_named: bool) -> bool:
    """Delete an orphan, unless its bytes have been put anew since `put_at`; whether its object is gone. `is_named`:
    other rows name it, so it is none."""
    row = s.get(UnnamedBytes, key, with_for_update=True, populate_existing=True)
    if row is None or row.put_at != put_at:
        return False
    if not is_named:
        store.remove(key)
    s.execute(delete(UnnamedBytes).where(UnnamedBytes.key == key))
    return not is_named

"""Locks by name, until the transaction ends.

On PostgreSQL they stand in the server's memory and are granted in the order of asking, so that who wants one alone does
not wait for ever behind those who share it. On SQLite a writing transaction is alone from its beginning.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import func, select

from crm.kernel.db import WriteSession, on_postgresql


def lock(s: WriteSession, *, shared: Sequence[str] = (), alone: Sequence[str] = ()) -> None:
    """Lock these names, in this order: `shared` with others, after all who hold one alone or asked for that before;
    `alone` after all who have it. Never have one alone that is shared already: of two who do, each waits for the other.
    """
    if not on_postgresql(s):
        s.connection()  # begins the transaction, where nothing has been asked yet
        return
    taken = [func.pg_advisory_xact_lock_shared(_key(name)) for name in shared]
    taken += [func.pg_advisory_xact_lock(_key(name)) for name in alone]
    if taken:
        s.execute(select(*taken))


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)

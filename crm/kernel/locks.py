"""Locks by name, until the transaction ends.

On PostgreSQL they stand in the server's memory and are granted in the order of asking, so that who wants one alone does
not wait for ever behind those who share it. On SQLite a writing transaction is alone from its beginning.
"""

import hashlib

from sqlalchemy import func, select

from crm.kernel.db import WriteSession, on_postgresql


def hold(s: WriteSession, name: str) -> None:
    """Hold `name` alone: waits for all that hold or share it."""
    _lock(s, "pg_advisory_xact_lock", name)


def share(s: WriteSession, name: str) -> None:
    """Share `name` with others: waits for who holds it alone, or asked for that before. Never hold it afterwards: two
    who share it would wait for each other."""
    _lock(s, "pg_advisory_xact_lock_shared", name)


def _lock(s: WriteSession, how: str, name: str) -> None:
    if not on_postgresql(s):
        s.connection()  # begins it, where nothing has been asked yet
        return
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    s.execute(select(getattr(func, how)(key)))

"""One serving process on a SQLite database, and no emptying under it.

A lock of the operating system on a file beside the database: it ends with the process, however that ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.settings import SettingsError
from crm.db import parse_url

SUFFIX = ".lock"


@contextmanager
def alone_on(database_url: str) -> Iterator[Path | None]:
    """Be the one process that serves this SQLite database until the block ends; yields the lock's file, None on
    PostgreSQL, which serves many. SettingsError where another process serves it."""
    url = parse_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        yield None
        return
    path = Path(f"{url.database}{SUFFIX}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"another process serves {url.database}: stop it first, or use PostgreSQL, which serves many"
            ) from error
        yield path

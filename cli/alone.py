"""What a process holds while it serves: its SQLite database alone, its folder of photos with others.

Locks of the operating system: they end with the process, however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from api.settings import Settings, SettingsError
from crm.kernel.db import parse_url
from crm.kernel.photo_store import folder_of

SUFFIX = ".lock"


@contextmanager
def using(settings: Settings) -> Iterator[None]:
    """Be the one process that serves this SQLite database, and one of those that use this folder of photos, until the
    block ends. SettingsError where another serves the one, or a demo empties the other."""
    folder = folder_of(settings.photos)
    with alone_on(settings.database_url), nullcontext() if folder is None else among_users(folder):
        yield


@contextmanager
def alone_on(database_url: str) -> Iterator[None]:
    """Be the one process that serves this database, if it is a SQLite; PostgreSQL serves many. SettingsError where
    another does."""
    path = lock_of(database_url)
    if path is None:
        yield
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    refusal = f"another process serves {path.with_suffix('')}: stop it first, or use PostgreSQL, which serves many"
    # Beside the database, since closing a second handle on it would end SQLite's own locks.
    with _locked(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_EX, refusal):
        yield


def lock_of(database_url: str) -> Path | None:
    """The file beside a SQLite database by which a process holds it; None on PostgreSQL."""
    url = parse_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(f"{os.path.realpath(url.database)}{SUFFIX}")


@contextmanager
def among_users(folder: Path) -> Iterator[None]:
    """Keep any demo from emptying this folder, which is made where it is missing. SettingsError where one just does."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(os.open(folder, os.O_RDONLY), fcntl.LOCK_SH, f"a demo empties {folder}: start again when it is done"):
        yield


@contextmanager
def without_users(folder: Path) -> Iterator[None]:
    """Keep others from beginning to use this folder. SettingsError where a process uses it."""
    if not folder.is_dir():
        yield
        return
    with _locked(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX, f"another process uses {folder}: stop it first"):
        yield


@contextmanager
def _locked(handle: int, how: int, refusal: str) -> Iterator[None]:
    """Closes the handle, and so ends the lock."""
    try:
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(refusal) from error
        yield
    finally:
        os.close(handle)

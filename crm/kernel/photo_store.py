"""The photo store: bytes under the SHA-256 of their content, in a folder, in memory, or in an S3-compatible
store.

The same bytes have one key, so that putting them twice stores them once, and a retry after a crash does no
harm. Received photos and the copies that are served lie in one store; only keys of copies are ever handed
out.
"""

import errno
import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from crm.kernel.errors import NotFound

ROOM_BYTES_MIN = 32 << 20  # two of the largest photos: where less is left, some would fit and others not
_PROBE_BYTES = 4096
_IDENTITY = "installation"


class StoredPhotoError(NotFound):
    """The bytes of a photo are gone from the store (`photo_gone`), or are others than were stored (`photo_damaged`)."""


class PhotoStore:
    """Open it with `open_store`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, data: bytes) -> str:
        """Store `data`, if it is not there yet; returns its key, 64 hex digits. OSError when the store is
        full or away."""
        key = hashlib.sha256(data).hexdigest()
        with suppress(AlreadyExistsError), _told_as_os_error():
            obstore.put(self._store, _path(key), data, mode="create")
        return key

    def get(self, key: str) -> bytes:
        """The bytes under `key`; StoredPhotoError if there are none, or they were changed since, OSError when the
        store is away."""
        try:
            with _told_as_os_error():
                data = bytes(obstore.get(self._store, _path(key)).bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise StoredPhotoError(
                "the photo is no longer in the store", "照片已不在存储中", code="photo_gone"
            ) from error
        if hashlib.sha256(data).hexdigest() != key:
            raise StoredPhotoError("the stored photo is damaged", "存储中的照片已损坏", code="photo_damaged")
        return data

    def remove(self, key: str) -> None:
        """Delete the bytes under `key`; nothing where there are none. OSError when the store is away."""
        with suppress(NotFoundError, FileNotFoundError), _told_as_os_error():
            obstore.delete(self._store, _path(key))

    def identity(self) -> str:
        """32 hex digits that this store keeps, and no other; made where it has none yet. OSError when the store is
        away, or can keep nothing."""
        try:
            with _told_as_os_error():
                with suppress(NotFoundError, FileNotFoundError):
                    return bytes(obstore.get(self._store, _IDENTITY).bytes()).decode()
                with suppress(AlreadyExistsError):  # another process was faster
                    obstore.put(self._store, _IDENTITY, secrets.token_hex(16).encode(), mode="create")
                return bytes(obstore.get(self._store, _IDENTITY).bytes()).decode()
        except (NotFoundError, FileNotFoundError) as error:
            raise OSError("the photo store loses what is written") from error

    def probe(self) -> None:
        """Write a small object of its own, read it again, and remove it; OSError when the store is full, read-only or
        away, or its disk has no room for a photo."""
        name, data = f"probe/{uuid4().hex}", secrets.token_bytes(_PROBE_BYTES)
        if isinstance(self._store, LocalStore) and self._store.prefix is not None:
            free = shutil.disk_usage(self._store.prefix).free
            if free < ROOM_BYTES_MIN:
                raise OSError(errno.ENOSPC, f"the photo store's disk has {free >> 20} MiB left")
        try:
            with _told_as_os_error():
                obstore.put(self._store, name, data)
                found = bytes(obstore.get(self._store, name).bytes())
                obstore.delete(self._store, name)
        except (NotFoundError, FileNotFoundError) as error:
            raise OSError("the photo store loses what is written") from error
        if found != data:
            raise OSError("the photo store changes what is written")


def open_store(url: str) -> PhotoStore:
    """The store at `url`: 'memory:', a folder as a path or file URL, or s3://bucket/prefix and the like."""
    if url == "memory:":
        return PhotoStore(MemoryStore())
    folder = folder_of(url)
    if folder is None:
        return PhotoStore(from_url(url))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the received photos are private
    return PhotoStore(LocalStore(folder))


def folder_of(url: str) -> Path | None:
    """The folder that a store's address names, as a path or file URL; None for other stores."""
    if url.startswith("file://"):
        return Path(unquote(url.removeprefix("file://")))
    return None if url == "memory:" or "://" in url else Path(url)


@contextmanager
def _told_as_os_error() -> Iterator[None]:
    """The store's own errors have no common meaning but that it did not work; their texts run over many lines."""
    try:
        yield
    except (AlreadyExistsError, NotFoundError):
        raise
    except BaseError as error:
        raise OSError(f"the photo store failed: {str(error).splitlines()[0]}") from error


def _path(key: str) -> str:
    if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
        raise StoredPhotoError("this is not the key of a photo", "这不是照片的存储键", code="photo_gone")
    return f"{key[:2]}/{key}"  # a folder of a million entries is slow

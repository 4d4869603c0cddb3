"""The photo store: bytes under the SHA-256 of their content, in a folder, in memory, or in an S3-compatible
store.

The same bytes have one key, so that putting them twice stores them once, and a retry after a crash does no
harm. Received photos and the copies that are served lie in one store; only keys of copies are ever handed
out.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from crm.errors import NotFound


class PhotoStore:
    """Open it with `open_store`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, data: bytes) -> str:
        """Store `data`, if it is not there yet; returns its key, 64 hex digits. OSError when the store is
        full."""
        key = hashlib.sha256(data).hexdigest()
        with suppress(AlreadyExistsError):
            obstore.put(self._store, _path(key), data, mode="create")
        return key

    def get(self, key: str) -> bytes:
        """The bytes under `key`; NotFound if there are none, ValueError if they were changed since."""
        try:
            data = bytes(obstore.get(self._store, _path(key)).bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound("the photo is no longer in the store", code="photo_gone") from error
        if hashlib.sha256(data).hexdigest() != key:
            raise ValueError(f"the stored photo {key[:12]}… was changed: restore it from a backup")
        return data


def open_store(url: str) -> PhotoStore:
    """The store at `url`: 'memory:', a folder as a path or file URL, or s3://bucket/prefix and the like."""
    if url == "memory:":
        return PhotoStore(MemoryStore())
    if "://" in url and not url.startswith("file://"):
        return PhotoStore(from_url(url))
    folder = Path(url.removeprefix("file://"))
    folder.mkdir(parents=True, exist_ok=True)
    return PhotoStore(LocalStore(folder))


def _path(key: str) -> str:
    if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
        raise NotFound("this is not the key of a photo", code="photo_gone")
    return f"{key[:2]}/{key}"  # a folder of a million entries is slow

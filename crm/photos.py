"""The photo store: bytes under the SHA-256 of their content, in a folder, in memory, or in an S3-compatible
store.

The same bytes have one key, so that putting them twice stores them once, and a retry after a crash does no
harm. Received photos and the copies that are served lie in one store; only keys of copies are ever handed
out.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from crm.errors import NotFound


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
        """The bytes under `key`; NotFound if there are none, ValueError if they were changed since, OSError
        when the store is away."""
        try:
            with _told_as_os_error():
                data = bytes(obstore.get(self._store, _path(key)).bytes())
        except (NotFoundError, FileNotFoundError) as error:
            raise NotFound("the photo is no longer in the store", "照片已不在存储中", code="photo_gone") from error
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
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # the received photos are private
    return PhotoStore(LocalStore(folder))


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
        raise NotFound("this is not the key of a photo", "这不是照片的存储键", code="photo_gone")
    return f"{key[:2]}/{key}"  # a folder of a million entries is slow

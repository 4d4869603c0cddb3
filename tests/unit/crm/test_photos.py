"""The photo store in memory: one key for the same bytes, and nothing that was changed."""

import hashlib
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from crm.kernel.errors import NotFound
from crm.kernel.photo_store import PhotoStore, open_store


def test_the_same_bytes_have_one_key() -> None:
    store = open_store("memory:")
    key = store.put(b"photo")
    assert key == hashlib.sha256(b"photo").hexdigest()
    assert store.put(b"photo") == key
    assert store.get(key) == b"photo"


@pytest.mark.parametrize("key", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_unknown_and_odd_keys_are_not_found(key: str) -> None:
    with pytest.raises(NotFound):
        open_store("memory:").get(key)


def test_changed_bytes_are_noticed() -> None:
    memory = MemoryStore()
    store = PhotoStore(memory)
    key = store.put(b"photo")
    obstore.put(memory, f"{key[:2]}/{key}", b"another")
    with pytest.raises(NotFound, match="damaged"):
        store.get(key)


def test_a_store_that_cannot_take_a_photo_raises_an_os_error_of_one_line(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "photos"))
    key = hashlib.sha256(b"photo").hexdigest()
    (tmp_path / "photos" / key[:2]).write_text("in the way")
    for work in (lambda: store.put(b"photo"), lambda: store.get(key)):
        with pytest.raises(OSError, match="the photo store failed") as caught:
            work()
        assert "\n" not in str(caught.value)


def test_the_folder_of_received_photos_is_private(tmp_path: Path) -> None:
    open_store(str(tmp_path / "photos"))
    assert (tmp_path / "photos").stat().st_mode & 0o777 == 0o700

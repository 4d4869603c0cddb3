"""The photo store in memory: one key for the same bytes, and nothing that was changed."""

import hashlib

import obstore
import pytest
from obstore.store import MemoryStore

from crm.errors import NotFound
from crm.photos import PhotoStore, open_store


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
    with pytest.raises(ValueError, match="changed"):
        store.get(key)

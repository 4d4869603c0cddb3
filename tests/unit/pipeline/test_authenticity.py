import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.authenticity import BANDS, HASH_BYTES, band_probes, hamming, hash_bands, perceptual_hash
from pipeline.quality import small_grey
from pipeline.thresholds import NEAR_DUPLICATE_BITS


def shelf(seed: int) -> np.ndarray:
    """A display of random coloured fronts under uneven light."""
    rng = np.random.default_rng(seed)
    photo = np.full((600, 450, 3), 120, np.float32)
    for y in range(30, 550, 130):
        x = int(rng.integers(5, 30))
        while x < 400:
            width, height = int(rng.integers(25, 60)), int(rng.integers(60, 115))
            photo[y + 115 - height : y + 115, x : x + width] = rng.integers(0, 255, 3)
            x += width + int(rng.integers(3, 30))
    light = np.linspace(*rng.uniform(0.4, 1.2, 2), 450)[None, :, None]
    return np.clip(photo * light, 0, 255).astype(np.uint8)


def hashed(photo: np.ndarray) -> bytes:
    return perceptual_hash(small_grey(photo))


def jpeg(photo: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


@pytest.mark.parametrize("seed", range(3))
def test_copies_are_near(seed):
    photo = shelf(seed)
    half = cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    copies = [jpeg(photo, 30), jpeg(half, 50), cv2.resize(photo, (350, 467)), cv2.GaussianBlur(photo, (0, 0), 1)]
    assert max(hamming(hashed(photo), hashed(copy)) for copy in copies) <= NEAR_DUPLICATE_BITS // 2
    brighter = np.clip(photo * 1.2, 0, 255).astype(np.uint8)
    assert hamming(hashed(photo), hashed(brighter)) <= NEAR_DUPLICATE_BITS


def test_other_displays_are_far():
    hashes = [hashed(shelf(seed)) for seed in range(8)]
    nearest = min(hamming(one, other) for i, one in enumerate(hashes) for other in hashes[:i])
    assert nearest > 2 * NEAR_DUPLICATE_BITS


def test_half_of_the_bits_are_set():
    value = hashed(shelf(1))
    assert len(value) == HASH_BYTES
    assert int.from_bytes(value, "big").bit_count() == 128


def test_hamming_counts_bits():
    assert hamming(b"\0" * 32, b"\xff" + b"\0" * 30 + b"\x01") == 9


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES), st.sets(st.integers(0, 255), max_size=15))
def test_any_pair_within_15_bits_shares_a_band(value, flipped):
    other = int.from_bytes(value, "big")
    for bit in flipped:
        other ^= 1 << bit
    bands, others = hash_bands(value), hash_bands(other.to_bytes(HASH_BYTES, "big"))
    assert len(bands) == BANDS
    assert all(0 <= band < 2**16 for band in bands)
    assert any(one == two for one, two in zip(bands, others, strict=True))


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES), st.sets(st.integers(0, 255), max_size=NEAR_DUPLICATE_BITS))
def test_any_pair_within_the_threshold_is_found_by_probing(value, flipped):
    other = int.from_bytes(value, "big")
    for bit in flipped:
        other ^= 1 << bit
    stored = hash_bands(other.to_bytes(HASH_BYTES, "big"))
    assert any(band in asked for band, asked in zip(stored, band_probes(value), strict=True))


def test_two_bits_in_each_band_are_out_of_reach():
    stored = hash_bands(b"\0\x03" * 16)
    assert not any(band in asked for band, asked in zip(stored, band_probes(b"\0" * 32), strict=True))


def test_sixteen_bits_may_spoil_every_band():
    assert not set(enumerate(hash_bands(b"\0" * 32))) & set(enumerate(hash_bands(b"\0\x01" * 16)))

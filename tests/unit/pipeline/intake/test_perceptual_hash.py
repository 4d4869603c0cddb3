import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.grey import small_grey
from pipeline.intake.perceptual_hash import (
    HASH_BYTES,
    hamming,
    perceptual_hash,
    turned_hashes,
    unframed,
)
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


TURNS = [
    lambda photo: photo,
    lambda photo: photo[:, ::-1],
    lambda photo: photo[::-1],
    lambda photo: photo[::-1, ::-1],
    lambda photo: photo.transpose(1, 0, 2),
    lambda photo: np.rot90(photo),
    lambda photo: np.rot90(photo, -1),
    lambda photo: np.rot90(photo.transpose(1, 0, 2), 2),
]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("seed", range(3))
def test_each_of_the_eight_turns_is_near_one_of_the_hash(seed, turn):
    photo = shelf(seed)
    turned = hashed(np.ascontiguousarray(turn(photo)))
    assert min(hamming(turned, each) for each in turned_hashes(hashed(photo))) <= NEAR_DUPLICATE_BITS


def test_the_turns_of_a_hash_are_eight_and_the_first_is_itself():
    value = hashed(shelf(1))
    turns = turned_hashes(value)
    assert turns[0] == value
    assert len(set(turns)) == 8


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES), st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES))
def test_turning_the_one_or_the_other_is_as_far(one, other):
    apart = min(hamming(turn, other) for turn in turned_hashes(one))
    assert apart == min(hamming(one, turn) for turn in turned_hashes(other))


def test_turned_hashes_of_other_displays_are_far():
    hashes = [hashed(shelf(seed)) for seed in range(8)]
    apart = [hamming(turn, two) for i, one in enumerate(hashes) for two in hashes[:i] for turn in turned_hashes(one)]
    assert min(apart) > 2 * NEAR_DUPLICATE_BITS


@pytest.mark.parametrize("colour", [(0, 0, 0), (128, 128, 128), (255, 255, 255), (40, 60, 200)])
@pytest.mark.parametrize("sides", [(20, 20, 20, 20), (90, 0, 0, 0), (0, 30, 60, 0)])
@pytest.mark.parametrize("quality", [90, 30])
def test_a_flat_frame_is_trimmed(colour, sides, quality):
    photo = shelf(2)
    framed = jpeg(cv2.copyMakeBorder(photo, *sides, cv2.BORDER_CONSTANT, value=colour), quality)
    inner = unframed(small_grey(framed))
    share = max(framed.shape) / 512
    assert abs(inner.shape[0] * share - 600) < 6
    assert abs(inner.shape[1] * share - 450) < 6
    assert hamming(perceptual_hash(inner), hashed(photo)) <= NEAR_DUPLICATE_BITS


def test_what_is_no_frame_is_left():
    photo = small_grey(shelf(2))
    assert unframed(photo).shape == photo.shape
    faded = photo.astype(np.float32)
    faded[:60] = np.linspace(100, 100 + 0.05 * 60, 60)[:, None] + np.zeros(photo.shape[1])
    faded[60:160] = 103 + (faded[60:160] - 103) * np.linspace(0, 1, 100)[:, None]
    assert unframed(faded.astype(np.uint8)).shape == photo.shape
    flat = np.full((100, 80), 7, np.uint8)
    assert unframed(flat).shape == flat.shape

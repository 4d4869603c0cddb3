"""The bands of a hash find whatever is near one of its turns."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake import hash_bands as bands
from pipeline.intake.hash_bands import (
    BANDS,
    QUARTER_BITS,
    QUARTER_REACH,
    Bands,
    Probe,
    band_probes,
    bands_of,
    hash_bands,
)
from pipeline.intake.perceptual_hash import HASH_BYTES, hamming, turned_hashes
from pipeline.thresholds import NEAR_DUPLICATE_BITS

HASHES = st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES)


def flipped(value: bytes, places: set[int]) -> bytes:
    bits = np.unpackbits(np.frombuffer(value, np.uint8))
    bits[list(places)] ^= 1
    return np.packbits(bits).tobytes()


def met(stored: Bands, asked: tuple[Probe, ...]) -> bool:
    """As the index finds it."""
    return any(
        value in probe.values and any(near(quarter, other) for other in probe.quarters)
        for value, quarter, probe in zip(stored.values, stored.quarters, asked, strict=True)
    )


def near(one: int, other: int) -> bool:
    apart = ((one ^ other) & (2**QUARTER_BITS - 1)).bit_count()
    return min(apart, QUARTER_BITS - apart) <= QUARTER_REACH


@settings(max_examples=200, deadline=None)
@given(HASHES, st.integers(0, 7), st.sets(st.integers(0, 255), max_size=NEAR_DUPLICATE_BITS))
def test_whatever_is_within_the_threshold_of_a_turn_is_met_either_way(
    value: bytes, turn: int, places: set[int]
) -> None:
    other = flipped(turned_hashes(value)[turn], places)
    assert met(hash_bands(other), band_probes(value))
    assert met(hash_bands(value), band_probes(other))


@pytest.mark.parametrize("turn", range(8))
def test_it_is_met_where_the_bits_are_spread_most_evenly(turn: int) -> None:
    """Eight bits in three quarters and seven in one, and there three, three and one: or two, and then no more."""
    rng = np.random.default_rng(turn)
    quarters, parts = bands._quarters(), bands._bands()
    for least, counts in itertools.product(range(4), ((3, 3, 1), (2, 3, 2), (3, 2, 2))):
        places: list[int] = []
        for number, quarter in enumerate(quarters):
            shares = counts if number == least else (3, 3, 2)
            for part, share in zip(parts, shares, strict=True):
                places += quarter[rng.choice(part, share, replace=False)].tolist()
        assert len(places) == NEAR_DUPLICATE_BITS
        value = rng.bytes(HASH_BYTES)
        other = flipped(turned_hashes(value)[turn], set(places))
        assert min(hamming(other, each) for each in turned_hashes(value)) == NEAR_DUPLICATE_BITS
        assert met(hash_bands(other), band_probes(value))


def test_one_bit_more_can_be_out_of_reach() -> None:
    rng = np.random.default_rng(0)
    places = [
        place
        for quarter in bands._quarters()
        for part, share in zip(bands._bands(), (3, 3, 2), strict=True)
        for place in quarter[rng.choice(part, share, replace=False)].tolist()
    ]
    value = rng.bytes(HASH_BYTES)
    assert not met(hash_bands(flipped(value, set(places))), band_probes(value))


def test_others_are_hardly_ever_met() -> None:
    rng = np.random.default_rng(1)
    asked = band_probes(rng.bytes(HASH_BYTES))
    assert not any(met(hash_bands(rng.bytes(HASH_BYTES)), asked) for _ in range(1000))


def test_bands_of_many_are_those_of_each() -> None:
    hashes = np.random.default_rng(2).integers(0, 256, (5, HASH_BYTES), np.uint8)
    values, quarters = bands_of(hashes)
    assert values.shape == quarters.shape == (5, BANDS)
    for number, each in enumerate(hashes):
        assert hash_bands(each.tobytes()) == Bands(tuple(values[number].tolist()), tuple(quarters[number].tolist()))
    assert 0 <= values.min() <= values.max() < 2**21


def test_mirror_images_are_stored_alike() -> None:
    value = np.random.default_rng(3).bytes(HASH_BYTES)
    assert len({hash_bands(turn) for turn in turned_hashes(value)[:4]}) == 1
    assert len({hash_bands(turn) for turn in turned_hashes(value)}) == 2

"""The bits of a perceptual hash in bands, for an index in SQL that finds every hash near any of its eight turns.

A quarter of the 256 bits is of frequencies that are even in both directions, a quarter each odd in one of them, the
last odd in both. Mirroring a picture turns all bits of such a quarter, or none; a quarter turn of it exchanges places
within two of them, and the other two (`perceptual_hash.turned_hashes`). So each quarter is looked at by itself, and up
to turning all of its bits: then a hash and its picture's mirror images are the same, and of the eight turns two are
left to be asked for.

Hashes that differ in at most 31 bits differ in at most 7 in one of the quarters: were it 8 in each, it would be 32. A
quarter is cut into bands of 22, 22 and 20 bits. Of 7 bits that differ there are at most two in the first band, or at
most two in the second, or at most one in the third: were it three, three and two, it would be 8. So whoever asks for
every number that differs from the first two bands in at most two bits, and from the third in at most one, finds it.

By chance a stored hash is met in one of its bands with a probability of 0.23 %, and 0.26 % among 3,527 photos of many
kinds; hardly any of these has a whole quarter within 7 bits, which the index can tell by itself.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipeline.intake.perceptual_hash import HASH_BYTES, turned_hashes
from pipeline.thresholds import NEAR_DUPLICATE_BITS

_SIDE, _QUARTERS = 16, 4
_SIZES, _REACH = (22, 22, 20), (2, 2, 1)  # of a quarter's bands, in bits, and how many of them may differ
BANDS = _QUARTERS * len(_SIZES)
QUARTER_BITS = _SIDE * _SIDE // _QUARTERS
QUARTER_REACH = NEAR_DUPLICATE_BITS // _QUARTERS

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bands:
    """What is stored of a hash, by the number of the band. values: the band's bits, the first of which is 0. quarters:
    all 64 bits of its quarter as a signed number, turned as the band was for that."""

    values: tuple[int, ...]
    quarters: tuple[int, ...]


@dataclass(frozen=True)
class Probe:
    """What to ask for at one band: every stored value in `values` whose quarter differs in at most QUARTER_REACH bits
    from one of `quarters`, or in all but as many."""

    values: tuple[int, ...]
    quarters: tuple[int, ...]


def hash_bands(value: bytes) -> Bands:
    """Of a hash of HASH_BYTES."""
    values, quarters = bands_of(np.frombuffer(value, np.uint8)[None])
    return Bands(tuple(values[0].tolist()), tuple(quarters[0].tolist()))


def bands_of(hashes: npt.NDArray[np.uint8]) -> tuple[Numbers, Numbers]:
    """`Bands` of many: hashes uint8 (n, HASH_BYTES), values and quarters int64 (n, BANDS)."""
    assert hashes.shape[1] == HASH_BYTES
    bits = np.unpackbits(hashes, axis=1)
    values, quarters = [], []
    for places in _quarters():
        quarter = bits[:, places]
        for band in _bands():
            turned = quarter ^ quarter[:, band[:1]]
            values.append(turned[:, band].astype(np.int64) @ _powers(len(band)))
            quarters.append(np.ascontiguousarray(np.packbits(turned, axis=1)).view(">i8")[:, 0].astype(np.int64))
    return np.stack(values, axis=1), np.stack(quarters, axis=1)


def band_probes(value: bytes) -> tuple[Probe, ...]:
    """Per band what finds each stored hash that differs from one of the turns of this one in at most
    NEAR_DUPLICATE_BITS."""
    turns = turned_hashes(value)
    ways = [hash_bands(turns[0]), hash_bands(turns[len(turns) // 2])]  # as it is, and with rows and columns exchanged
    probes = []
    for number in range(BANDS):
        size, reach = _SIZES[number % len(_SIZES)], _REACH[number % len(_SIZES)]
        near = np.array([way.values[number] for way in ways])[:, None] ^ _changes(size, reach)
        near = np.where(near >> (size - 1), near ^ ((1 << size) - 1), near)
        probes.append(Probe(tuple(np.unique(near).tolist()), tuple(way.quarters[number] for way in ways)))
    return tuple(probes)


@lru_cache(maxsize=1)
def _quarters() -> tuple[Numbers, ...]:
    """The places of the bits of each quarter in the hash, low frequencies first. (Rows and columns 0, 2, … are those
    of the odd frequencies 1, 3, …)"""
    places = np.arange(_SIDE * _SIDE).reshape(_SIDE, _SIDE)
    order = sorted(np.ndindex(_SIDE // 2, _SIDE // 2), key=lambda place: (sum(place), place))
    some = [places[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    return tuple(np.array([each[place] for place in order], np.int64) for each in some)


@lru_cache(maxsize=1)
def _bands() -> tuple[Numbers, ...]:
    """The places of the bits of each band in its quarter: dealt out in turn, since neighbouring frequencies are alike
    in many photos."""
    dealt: tuple[list[int], ...] = tuple([] for _ in _SIZES)
    for place in range(QUARTER_BITS):
        open_ones = [band for band, size in zip(dealt, _SIZES, strict=True) if len(band) < size]
        min(open_ones, key=len).append(place)
    return tuple(np.array(band, np.int64) for band in dealt)


@lru_cache(maxsize=len(_SIZES))
def _changes(size: int, reach: int) -> Numbers:
    """Every number of `size` bits of which at most `reach` are set."""
    sets = [bits for number in range(reach + 1) for bits in combinations(range(size), number)]
    return np.array([sum(1 << bit for bit in bits) for bits in sets], np.int64)


def _powers(size: int) -> Numbers:
    """The first bit counts most."""
    return np.int64(1) << np.arange(size - 1, -1, -1)

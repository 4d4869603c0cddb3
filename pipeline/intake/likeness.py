"""Whether two photos are one picture that was altered: mirrored, turned, cropped, framed, stickered, slanted, relit.

A photo's likeness is what is kept of it for that: a hundred points with what surrounds each (SIFT: Lowe, "Distinctive
Image Features from Scale-Invariant Keypoints", 2004; normalised as in Arandjelović and Zisserman, "Three things
everyone should know to improve object retrieval", 2012), and a thumbnail. Points that look alike propose a homography;
whether the pictures are one is then said by the pixels of the thumbnails, laid over each other. Two displays with the
same products share points, but no homography under which shelves, fronts and background all agree; nor do two photos of
one display, whose camera stood elsewhere and whose stock has changed.

A point's surroundings are told by the signs of 28 waves over its 4 × 4 × 8 histogram, cosines over rows and columns and
a Fourier series over directions, in the order of their spread. Mirroring a picture turns the sign of the waves that are
odd under it and leaves the others, so that a mirrored copy is looked for by the same numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from models.detections import Image
from pipeline.thresholds import (
    COPY_AGREEMENT_MIN,
    COPY_AREA_MIN,
    COPY_BLOCK_MIN,
    COPY_POINTS_MIN,
    COPY_SPREAD_MIN,
)

WORD_BITS = 28
WORDS = 96  # of the points, the strongest
_POINTS, _CELLS, _CELL_POINTS = 128, 8, 4  # points, of which at most 4 in each of 8 × 8 cells of the picture
# Pixels of the long side: where points are sought, SIFT beginning at twice that, and of the thumbnail. Points sought at
# 448 cost three times as much and are found again no more often.
_LONG, _THUMB = 256, 192
_SIZE_MIN = 2.3  # pixels: smaller points are noise
_QUALITY = 80  # of the thumbnail as JPEG
_UNIT = 32  # steps of a wave's value per standard deviation
_NEAR = 3.2  # standard deviations, over all waves: two points look alike
_REPROJECTION = 2.3  # pixels, at _LONG
_BLOCK = 11  # pixels of the thumbnail: side of a block in which grey values are compared
_EVEN = 6.0  # grey values: less spread in a block tells nothing

# Row, column and direction (0; 1 cos, 2 sin, … 7) of each wave; median and standard deviation over the strongest points
# of 800 rendered displays (seeds from 1,000,000). The median of an odd wave is 0 by symmetry.
_WAVES = (
    (0, 0, 3, 0.122, 0.144), (0, 3, 1, -0.070, 0.141), (0, 1, 1, 0.023, 0.133), (1, 0, 2, -0.029, 0.125),
    (0, 0, 2, 0.0, 0.124), (1, 0, 3, 0.0, 0.123), (0, 1, 3, 0.004, 0.120), (0, 0, 1, 0.045, 0.119),
    (2, 0, 2, 0.0, 0.107), (0, 2, 1, -0.054, 0.104), (0, 0, 4, 0.0, 0.089), (0, 1, 0, -0.008, 0.087),
    (3, 0, 2, 0.023, 0.085), (0, 2, 3, -0.024, 0.077), (1, 0, 0, 0.0, 0.072), (1, 0, 4, -0.010, 0.072),
    (2, 1, 2, 0.0, 0.072), (1, 1, 2, 0.029, 0.071), (1, 2, 1, 0.0, 0.067), (1, 1, 1, 0.0, 0.066),
    (0, 1, 4, 0.0, 0.066), (0, 1, 2, 0.0, 0.064), (2, 0, 3, -0.033, 0.061), (2, 3, 1, 0.020, 0.060),
    (3, 2, 2, -0.022, 0.059), (1, 2, 2, 0.016, 0.059), (1, 0, 1, 0.0, 0.056), (0, 0, 7, 0.047, 0.056),
)  # fmt: skip
_ODD = np.array([(row % 2) ^ (direction in (2, 4, 6)) for row, _, direction, *_ in _WAVES], bool)
_SIGNS = np.where(_ODD, -1, 1).astype(np.float32)
_POWERS = 1 << np.arange(WORD_BITS)
_MIRRORED = int(_POWERS[_ODD].sum())  # the bits of a word that turn when the picture is mirrored

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Likeness:
    """What is kept of a photo.

    points: float32 (n, 2), x and y in pixels of the thumbnail, centres at whole numbers. waves: int8 (n, 28), in steps
    of 1/32 standard deviation. The strongest point is the first. thumbnail: uint8 (h, w), long side 192.
    """

    points: Floats
    waves: npt.NDArray[np.int8]
    thumbnail: Image

    @staticmethod
    def none() -> "Likeness":
        """Of nothing: no copy of anything."""
        return Likeness(np.empty((0, 2), np.float32), np.empty((0, WORD_BITS), np.int8), np.zeros((1, 1), np.uint8))

    def words(self) -> frozenset[int]:
        """A number of 28 bits for each of the 96 strongest points, for an index in SQL; the same of a point and of its
        mirror image."""
        bits = (self.waves[:WORDS] >= 0) @ _POWERS
        return frozenset(_either_way(word) for word in bits.tolist())

    def packed(self) -> bytes:
        """About 8 kB."""
        points = np.round(self.points * 64).astype("<u2")
        head = np.array([len(points)], "<u2")
        jpeg = cv2.imencode(".jpg", self.thumbnail, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
        return head.tobytes() + points.tobytes() + self.waves.tobytes() + jpeg.tobytes()

    @staticmethod
    def unpacked(data: bytes) -> "Likeness":
        """The reverse of `packed`, but for the thumbnail's losses."""
        count = int(np.frombuffer(data, "<u2", 1)[0])
        middle, end = 2 + 4 * count, 2 + (4 + WORD_BITS) * count
        points = np.frombuffer(data[2:middle], "<u2").reshape(count, 2).astype(np.float32) / np.float32(64)
        waves = np.frombuffer(data[middle:end], np.int8).reshape(count, WORD_BITS)
        thumbnail = cv2.imdecode(np.frombuffer(data[end:], np.uint8), cv2.IMREAD_GRAYSCALE)
        return Likeness(points, waves, np.asarray(thumbnail, np.uint8))


def take_likeness(grey: Image) -> Likeness:
    """grey: uint8 (h, w), `grey.small_grey` without its frame (`perceptual_hash.unframed`)."""
    scaled = _resized(grey, _LONG)
    sift = cv2.SIFT.create(contrastThreshold=0.02, edgeThreshold=12)
    found = _spread(sift.detect(scaled, None), scaled.shape[1], scaled.shape[0])
    keypoints, histograms = sift.compute(scaled, found)
    thumbnail = _resized(grey, _THUMB)
    if not len(keypoints):
        return Likeness(np.empty((0, 2), np.float32), np.empty((0, WORD_BITS), np.int8), thumbnail)
    roots = np.sqrt(histograms / np.maximum(histograms.sum(axis=1, keepdims=True), 1e-6))
    basis, medians, spreads = _basis()
    waves = (roots @ basis.T - medians) / spreads
    share = np.array([thumbnail.shape[1] / scaled.shape[1], thumbnail.shape[0] / scaled.shape[0]])
    points = (np.array([each.pt for each in keypoints]) + 0.5) * share - 0.5
    steps = np.clip(np.round(waves * _UNIT), -127, 127).astype(np.int8)
    return Likeness(np.clip(points, 0, _THUMB).astype(np.float32), steps, thumbnail)


def neighbours(words: frozenset[int]) -> Iterator[int]:
    """Every word that differs in at most one bit from one of `words`, as often as it is reached."""
    for word in words:
        yield word
        for bit in range(WORD_BITS):
            yield _either_way(word ^ 1 << bit)


def is_copy(one: Likeness, other: Likeness) -> bool:
    """Whether two photos are one picture. Which of the two is named first may matter at the very edge: name them in
    an order of their own."""
    return agreement(one, other) >= COPY_AGREEMENT_MIN


def agreement(one: Likeness, other: Likeness) -> float:
    """The share, 0 to 1, of the places with any drawing in which both pictures show the same.

    0 where no homography lays one over the other, where neither is covered by COPY_AREA_MIN, and where the points that
    agree fill less than COPY_SPREAD_MIN of the one that is covered more: a word on a header is on many displays.
    """
    upright, turned = (_alike(one, other, mirror=mirror) for mirror in (False, True))
    mirror = len(turned[0]) > len(upright[0])
    mine, theirs = turned if mirror else upright
    if len(mine) < COPY_POINTS_MIN:
        return 0.0
    points, thumbnail = one.points[mine], one.thumbnail
    if mirror:
        points = np.asarray(points * (-1, 1) + (thumbnail.shape[1] - 1, 0), np.float32)
        thumbnail = thumbnail[:, ::-1]
    reach = _REPROJECTION * _THUMB / _LONG
    matrix, fits = cv2.findHomography(other.points[theirs], points, cv2.RANSAC, reach, maxIters=1000)
    if matrix is None or int(fits.sum()) < COPY_POINTS_MIN:
        return 0.0
    fitting = fits.ravel() > 0
    covered, filled = max(
        (_covered(thumbnail, other.thumbnail, matrix), _filled(points[fitting], thumbnail)),
        (
            _covered(other.thumbnail, thumbnail, matrix, back=True),
            _filled(other.points[theirs][fitting], other.thumbnail),
        ),
    )
    if covered < COPY_AREA_MIN or filled < COPY_SPREAD_MIN:
        return 0.0
    return _agreeing(thumbnail, other.thumbnail, matrix)


def _either_way(word: int) -> int:
    """The lesser of a word and the mirrored picture's."""
    return min(word, word ^ _MIRRORED)


def _alike(one: Likeness, other: Likeness, *, mirror: bool) -> tuple[Indices, Indices]:
    """Indices of the points of both that are each other's nearest."""
    mine = one.waves.astype(np.float32) / _UNIT * (_SIGNS if mirror else 1)
    theirs = other.waves.astype(np.float32) / _UNIT
    if not len(mine) or not len(theirs):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    apart = (mine**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1)[None] - 2 * mine @ theirs.T
    nearest, indices = apart.argmin(axis=1), np.arange(len(mine))
    both = (apart.argmin(axis=0)[nearest] == indices) & (apart[indices, nearest] < _NEAR**2)
    return indices[both], nearest[both]


def _agreeing(mine: Image, theirs: Image, matrix: cv2.typing.MatLike) -> float:
    """`agreement`, of `theirs` laid over `mine`: correlation of the grey values in the block around each pixel."""
    size = mine.shape[1], mine.shape[0]
    laid = cv2.warpPerspective(theirs, matrix, size)
    covered = _mean(cv2.warpPerspective(np.ones_like(theirs), matrix, size, flags=cv2.INTER_NEAREST)) > 0.99
    a, b = (cv2.GaussianBlur(each, (0, 0), 0.7).astype(np.float32) for each in (mine, laid))
    mean_a, mean_b = _mean(a), _mean(b)
    spread_a, spread_b = _mean(a * a) - mean_a**2, _mean(b * b) - mean_b**2
    alike = (_mean(a * b) - mean_a * mean_b) / np.sqrt(np.maximum(spread_a, 1) * np.maximum(spread_b, 1))
    drawn = covered & (np.maximum(spread_a, spread_b) > _EVEN**2)
    return float((alike[drawn] > COPY_BLOCK_MIN).mean()) if drawn.any() else 0.0


def _covered(mine: Image, theirs: Image, matrix: cv2.typing.MatLike, *, back: bool = False) -> float:
    """The share of `mine` that `theirs` covers, laid over it by the homography, or `back` by its reverse."""
    flags = cv2.INTER_NEAREST | (cv2.WARP_INVERSE_MAP if back else 0)
    return float(cv2.warpPerspective(np.ones_like(theirs), matrix, (mine.shape[1], mine.shape[0]), flags=flags).mean())


def _filled(points: Floats, picture: Image) -> float:
    """The share of the picture that lies between the points."""
    return cv2.contourArea(cv2.convexHull(points)) / picture.size


def _mean(values: cv2.typing.MatLike) -> Floats:
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, (_BLOCK, _BLOCK)), np.float32)


def _spread(keypoints: Sequence[cv2.KeyPoint], width: int, height: int) -> list[cv2.KeyPoint]:
    """The strongest, so that no place of the picture has them all."""
    chosen: list[cv2.KeyPoint] = []
    held: dict[tuple[int, int], int] = {}
    for each in sorted(keypoints, key=lambda point: (-point.response, point.pt, point.angle)):
        cell = int(each.pt[0] * _CELLS / width), int(each.pt[1] * _CELLS / height)
        if each.size > _SIZE_MIN and held.get(cell, 0) < _CELL_POINTS and len(chosen) < _POINTS:
            held[cell] = held.get(cell, 0) + 1
            chosen.append(each)
    return chosen


def _resized(grey: Image, long_side: int) -> Image:
    height, width = grey.shape
    share = long_side / max(height, width)
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR), np.uint8)


@lru_cache(maxsize=1)
def _basis() -> tuple[Floats, Floats, Floats]:
    """The 28 waves over a histogram (28, 128), their medians and standard deviations."""
    steps = np.arange(4)
    cosines = np.array([np.cos(np.pi / 8 * order * (2 * steps + 1)) for order in range(4)])
    around = 2 * np.pi * np.arange(8) / 8
    turns = [np.ones(8)] + [wave(order * around) for order in (1, 2, 3) for wave in (np.cos, np.sin)]
    turning = np.array([*turns, np.cos(4 * around)])
    cosines, turning = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (cosines, turning))
    basis = [np.einsum("i,j,k->ijk", cosines[a], cosines[b], turning[c]).ravel() for a, b, c, *_ in _WAVES]
    medians, spreads = (np.array([wave[column] for wave in _WAVES], np.float32) for column in (3, 4))
    return np.array(basis, np.float32), medians, spreads

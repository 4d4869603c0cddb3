"""Shelf rows from the boxes of product fronts: levelled, parted where the line that they stand on jumps, stacks joined.

Every reading of the rows that the thresholds hold possible is made, and fronts that may not be there make the rows
that they alone would form doubtful. So the number of rows, and the row of each front, are intervals.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.facts.certainty import Certainty, FloatArray, IntArray
from pipeline.interval import Interval
from pipeline.thresholds import LONE_SHARE, ROW_GAP, ROW_GAPS, STACK_BEST, STACK_MAYBE, STACK_SURE
from pipeline.vocabulary import ROWS_MAX

TILT_MAX = 0.27  # slope, 15 degrees: beyond it a neighbour on the next shelf is mistaken for one on the same
TURN_PAIRS_MIN = 8  # neighbours from which the turn of the slopes can be told


@dataclass(frozen=True)
class Levelled:
    """Boxes (n, 4) as a camera straight before the display would see their lines: `foot` and `head` (n,) are the
    levelled y of the lower and upper edge, `left` and `right` the x, all in pixels; `scale` (n,) is the size of
    things where the box stands, about 1.
    """

    left: FloatArray
    right: FloatArray
    head: FloatArray
    foot: FloatArray
    scale: FloatArray

    def __len__(self) -> int:
        return len(self.foot)

    def take(self, chosen: npt.NDArray[np.bool_] | IntArray) -> "Levelled":
        """The chosen ones, by mask or index."""
        return Levelled(*(part[chosen] for part in (self.left, self.right, self.head, self.foot, self.scale)))

    @property
    def heights(self) -> FloatArray:
        """(n,) pixels, at least 1."""
        return np.maximum(self.foot - self.head, 1.0)


@dataclass(frozen=True)
class Rows:
    """The row of each of n fronts, int64 (n,), 1 for the top one, `low <= best <= high`; and how many rows.

    `line` numbers from 0 the rows in the best estimate and those that only doubtful fronts would form.
    """

    low: IntArray
    best: IntArray
    high: IntArray
    line: IntArray
    count: Interval

    def between(self, first: IntArray | int, last: IntArray | int) -> Certainty:
        """Whether each front stands on one of the rows `first`..`last`, both included; (p, n) for p of them (p, 1)."""
        best = (self.best >= first) & (self.best <= last)
        return Certainty((self.low >= first) & (self.high <= last), best, (self.low <= last) & (self.high >= first))


@dataclass(frozen=True)
class _Reading:
    """One way to read the rows: see ROW_GAP and STACK_BEST; `lone`: whether few fronts by themselves make a row."""

    gap: float = ROW_GAP
    stack: float = STACK_BEST
    lone: bool = False


_BEST = _Reading()
_FINEST = _Reading(gap=ROW_GAPS[0], stack=STACK_SURE, lone=True)
_COARSEST = _Reading(gap=ROW_GAPS[1], stack=STACK_MAYBE)


def level(boxes: npt.NDArray[np.floating], chosen: npt.NDArray[np.bool_] | None = None) -> Levelled:
    """Boxes (n, 4) x1 y1 x2 y2 pixels, levelled by the shelf lines that the `chosen` ones (n,) show.

    The lines run along dy/dx = slope + turn · (y - middle): tilted, and converging where the camera stood aside. Each
    box is moved along its line to the middle of the photo's fronts.
    """
    exact = np.asarray(boxes, np.float64).reshape(-1, 4)
    seen = exact if chosen is None else exact[chosen]
    x = (exact[:, 0] + exact[:, 2]) / 2
    if not len(seen):
        return Levelled(exact[:, 0], exact[:, 2], exact[:, 1], exact[:, 3], np.ones(len(exact)))
    slope, turn = tilt(seen)
    middle_x, middle_y = float((seen[:, 0] + seen[:, 2]).mean() / 2), float(seen[:, 3].mean())
    away = x - middle_x
    scale = np.exp(np.clip(turn * away, -1, 1))
    shift = slope * away if abs(turn) < 1e-9 else slope / turn * (scale - 1)
    head, foot = (middle_y + (exact[:, side] - middle_y - shift) / scale for side in (1, 3))
    return Levelled(exact[:, 0], exact[:, 2], head, foot, scale)


def tilt(boxes: FloatArray) -> tuple[float, float]:
    """(slope, turn) of the shelf lines: dy/dx = slope + turn · (y - mean y of the feet).

    Read from each box and its neighbours to the right that stand about as low: the slope is their median, the turn
    the difference between the medians of the upper and of the lower third.
    """
    if len(boxes) < 3:
        return 0.0, 0.0
    x, bottom = (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    dx, dy = x[None, :] - x[:, None], bottom[None, :] - bottom[:, None]
    near = (dx > 0.3 * width[:, None]) & (dx < 2.5 * width[:, None])
    near &= np.abs(dy) < 0.5 * np.minimum(height[:, None], height[None, :])
    near &= np.abs(dy) <= TILT_MAX * dx
    # a can beside a bottle stands on the same shelf but says less of its slope when half hidden
    left, right = np.nonzero(near)
    if len(left) < 2:
        return 0.0, 0.0
    slopes, y = dy[left, right] / dx[left, right], (bottom[left] + bottom[right]) / 2 - bottom.mean()
    order, third = np.argsort(y, kind="stable"), len(y) // 3
    upper, lower = order[:third], order[len(y) - third :]
    turn = 0.0
    if len(y) >= TURN_PAIRS_MIN and (apart := middle(y[lower]) - middle(y[upper])) > middle(height):
        turn = (middle(slopes[lower]) - middle(slopes[upper])) / apart
    return middle(slopes - turn * y), turn


def read_rows(fronts: Levelled, there: Certainty, top_unseen: bool = False) -> Rows:
    """Rows of the fronts that are there in the best estimate; doubtful ones join them, or may form rows of their own.

    A row counts in `low` where a front of it is surely there, and in `high` where one may be. Where the top is unseen,
    any number of rows may be above, though not among those counted: `count` is of rows that show a front.
    """
    lines = np.stack([_lines(fronts, there, reading) for reading in (_BEST, _FINEST, _COARSEST)])
    lows, bests, highs = (np.stack([_rank(line, level) for line in lines]) for level in (there.sure, there.best, None))
    counts = [[_rows_with(line, level) for line in lines] for level in (there.sure, there.best, there.maybe)]
    best = bests[0]
    count = Interval(min(counts[0]), counts[1][0], max(counts[2]))
    high = np.maximum(highs.max(axis=0), best) + (ROWS_MAX if top_unseen else 0)
    return Rows(np.minimum(lows.min(axis=0), best), best, high, lines[0], count)


def _lines(fronts: Levelled, there: Certainty, reading: _Reading) -> IntArray:
    """int64 (n,) from 0 at the top: the shelf of each front, those of doubtful fronts alone among them."""
    group = np.zeros(len(fronts), np.int64)
    group[there.best] = _rows_of(fronts.take(there.best), reading)
    _join(fronts, there, group, reading)
    means = np.bincount(group, weights=fronts.foot) / np.maximum(np.bincount(group), 1)
    used = np.flatnonzero(np.bincount(group))
    rank = np.zeros(len(means), np.int64)
    rank[used[np.argsort(means[used], kind="stable")]] = np.arange(len(used))
    return rank[group]


def _rank(line: IntArray, level: npt.NDArray[np.bool_] | None) -> IntArray:
    """Row number of each front where only rows that hold a front of `level` are there, and its own; None: all are."""
    if level is None:
        return 1 + line
    held = np.bincount(line[level], minlength=int(line.max(initial=0)) + 1) > 0
    return 1 + np.concatenate([[0], np.cumsum(held)])[line]


def _rows_with(line: IntArray, level: npt.NDArray[np.bool_]) -> int:
    return int((np.bincount(line[level]) > 0).sum())


def _join(fronts: Levelled, there: Certainty, group: IntArray, reading: _Reading) -> None:
    """Puts the doubtful fronts on the row of the best one that stands nearest, or on rows of their own."""
    best, doubtful = np.flatnonzero(there.best), np.flatnonzero(~there.best)
    if not len(doubtful):
        return
    if not len(best):
        group[:] = _rows_of(fronts, reading)
        return
    best = best[np.argsort(fronts.foot[best], kind="stable")]
    after = np.searchsorted(fronts.foot[best], fronts.foot[doubtful])
    sides = np.stack([best[np.maximum(after - 1, 0)], best[np.minimum(after, len(best) - 1)]])
    away = np.abs(fronts.foot[sides] - fronts.foot[doubtful])
    group[doubtful] = group[sides[away.argmin(axis=0), np.arange(len(doubtful))]]
    gap = reading.gap * middle(fronts.heights[best])
    apart = doubtful[away.min(axis=0) > gap]
    own = tiers(fronts.take(apart), gap)
    many = np.bincount(own)[own] > 1 if len(own) else np.zeros(0, bool)
    group[apart[many]] = group.max() + own[many]


def _rows_of(fronts: Levelled, reading: _Reading) -> IntArray:
    """int64 (n,): 1 for the top row. Tiers of one stack are one row; too few fronts by themselves are none."""
    if not len(fronts):
        return np.zeros(0, np.int64)
    tier = tiers(fronts, reading.gap * middle(fronts.heights))
    if not reading.lone:
        tier = _without_lone(fronts, tier)
    count = int(tier.max())
    joined = [_room(fronts, tier == upper, tier == upper + 1) <= reading.stack for upper in range(1, count)]
    return (1 + np.concatenate([[0], np.cumsum(~np.array(joined, bool))]))[tier - 1].astype(np.int64)


def tiers(fronts: Levelled, gap: float) -> IntArray:
    """int64 (n,) from 1: parted where the sorted feet jump by more than `gap` pixels."""
    order = np.argsort(fronts.foot, kind="stable")
    tier = np.ones(len(fronts), np.int64)
    tier[order[1:]] += np.cumsum(np.diff(fronts.foot[order]) > max(gap, 1e-6))
    return tier


def _without_lone(fronts: Levelled, tier: IntArray) -> IntArray:
    """Tiers of few fronts, beside the others, go to the nearest of these: a bottle on the cabinet or on the floor."""
    sizes = np.bincount(tier)[1:]
    few = sizes < LONE_SHARE * middle(sizes)
    if not few.any():
        return tier
    feet = np.bincount(tier, weights=fronts.foot)[1:] / sizes
    kept = np.flatnonzero(~few)
    nearest = np.abs(feet[:, None] - feet[kept]).argmin(axis=1)
    return (1 + np.where(few, nearest, np.cumsum(~few) - 1))[tier - 1].astype(np.int64)


def _room(fronts: Levelled, upper: npt.NDArray[np.bool_], lower: npt.NDArray[np.bool_]) -> float:
    """Room between two tiers, in heights of the lower one: median over fronts one above the other; inf where none."""
    room = clearances(fronts.take(upper), fronts.take(lower))[0]
    return middle(room) if len(room) else np.inf


def clearances(above: Levelled, below: Levelled) -> tuple[FloatArray, IntArray, IntArray]:
    """(room in heights of the lower one, number in `above`, number in `below`) of each pair of fronts that share at
    least half of the narrower one's width."""
    shared = np.minimum(above.right[:, None], below.right) - np.maximum(above.left[:, None], below.left)
    narrower = np.minimum((above.right - above.left)[:, None], below.right - below.left)
    up, down = np.nonzero(shared >= 0.5 * narrower)
    return (below.head[down] - above.foot[up]) / below.heights[down], up, down


def middle(values: npt.NDArray[Any]) -> float:
    """The median of at least one value; np.median needs several times as long for the few of a row."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

"""Fronts that stand on the shelf itself, and the empty slots between them."""

from dataclasses import dataclass

import numpy as np

from pipeline.facts.certainty import Certainty, FloatArray, IntArray, Mask
from pipeline.facts.layout import Levelled, clearances, middle, tiers
from pipeline.interval import Interval
from pipeline.thresholds import (
    ROW_GAP,
    SLOT_BEST,
    SLOT_MAYBE,
    SLOT_SURE,
    STACK_BEST,
    STACK_MAYBE,
    STACK_SURE,
)


def standing(fronts: Levelled, there: Certainty) -> Certainty:
    """Whether each of n fronts stands on the shelf and on no other front; as far as it is there itself.

    Tiers are stacked where the median room between them is at most STACK_*; a front of the upper one is on another
    where it shares half its width with one below. Which of them are there is doubtful too: a front surely stands
    where no other may be below it, and maybe where none surely is.
    """
    count = len(fronts)
    if not count:
        return there
    tier = tiers(fronts, ROW_GAP * middle(fronts.heights))
    least = np.full((3, count), np.inf)  # least room to a front below that is surely, likely, maybe there
    for upper in range(1, int(tier.max())):
        above, below = np.flatnonzero(tier == upper), np.flatnonzero(tier == upper + 1)
        room, up, down = clearances(fronts.take(above), fronts.take(below))
        if not len(room):
            continue
        for level, found in enumerate((there.sure, there.best, there.maybe)):
            least[level, above[up[found[below[down]]]]] = middle(room)
    sure, best, maybe = least[2] > STACK_MAYBE, least[1] > STACK_BEST, least[0] > STACK_SURE
    return Certainty(sure, best, maybe) & there


def empty_slots(fronts: Levelled, line: IntArray, there: Certainty) -> Interval:
    """Slots between the fronts of a shelf in which nothing stands. line: (n,) the shelf of each front, from 0.

    A gap is measured in the median width of its shelf's fronts and holds as many slots as whole widths, the last of
    which may fall short (SLOT_*). Any front that may be there may fill a gap, or open one beyond the last sure front:
    `low` is of all that may be there, between the outermost sure fronts; `high` of the sure ones and the outermost
    that may be there, and on to where the widest shelf ends.
    """
    if not there.maybe.any():
        return Interval.exact(0)
    count = int(line.max()) + 1
    seen = there.best if there.best.any() else there.maybe
    size = (fronts.right - fronts.left) / fronts.scale
    widths = np.full(count, middle(size[seen]))
    for number in np.unique(line[seen]):
        widths[number] = middle(size[seen & (line == number)])
    row = _Shelves(fronts, line, fronts.scale * widths[line])
    low = row.slots(there.maybe & row.between_ends(there.sure), SLOT_SURE)
    best = row.slots(there.best, SLOT_BEST)
    high = row.slots(there.sure | row.is_end(there.maybe), SLOT_MAYBE) + row.short_of(seen, there.maybe, SLOT_MAYBE)
    return Interval(low, min(max(best, low), max(low, high)), max(low, high))


@dataclass(frozen=True)
class _Shelves:
    """Fronts with the shelf of each, and the width (n,) in pixels of a slot where it stands."""

    fronts: Levelled
    line: IntArray
    width: FloatArray

    def slots(self, chosen: Mask, slack: float) -> int:
        """Empty slots between the chosen fronts, where a gap that is short of one by `slack` widths is still one."""
        order = np.flatnonzero(chosen)
        order = order[np.lexsort((self.fronts.left[order], self.line[order]))]
        line, far = self.line[order], self.line[order] * (float(np.ptp(self.fronts.right)) + 1e5)
        reach = np.maximum.accumulate(self.fronts.right[order] + far)
        gap = (self.fronts.left[order] + far)[1:] - reach[:-1]
        width = (self.width[order][1:] + self.width[order][:-1]) / 2
        fits = np.floor(gap / width + slack)[line[1:] == line[:-1]]
        return int(np.maximum(fits, 0).sum())

    def short_of(self, display: Mask, level: Mask, slack: float) -> int:
        """Slots by which the shelves that hold fronts of `level` end before the outermost fronts of `display`."""
        left, right = self._ends(level)
        used = np.isfinite(left)
        width = np.bincount(self.line, weights=self.width)[used] / np.bincount(self.line)[used]
        before = (left[used] - self.fronts.left[display].min()) / width
        after = (self.fronts.right[display].max() - right[used]) / width
        return int(np.maximum(np.floor(np.concatenate([before, after]) + slack), 0).sum())

    def between_ends(self, level: Mask) -> Mask:
        """Whether each front lies between the outermost ones of `level` on its shelf; not where there are none."""
        left, right = self._ends(level)
        return np.asarray((self.fronts.left >= left[self.line]) & (self.fronts.right <= right[self.line]))

    def is_end(self, level: Mask) -> Mask:
        """Whether each front is an outermost one of `level` on its shelf."""
        left, right = self._ends(level)
        outermost = (self.fronts.left == left[self.line]) | (self.fronts.right == right[self.line])
        return np.asarray(level & outermost)

    def _ends(self, level: Mask) -> tuple[FloatArray, FloatArray]:
        count = int(self.line.max()) + 1
        left, right = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(left, self.line[level], self.fronts.left[level])
        np.maximum.at(right, self.line[level], self.fronts.right[level])
        return left, right

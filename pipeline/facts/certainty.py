"""Whether each of n things surely is, in the best estimate is, or maybe is so; and which SKU each front may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.gallery import UNKNOWN
from pipeline.interval import Interval

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Certainty:
    """Three masks of one shape, most often (n,), of the same things; sure ⇒ best ⇒ maybe."""

    sure: Mask
    best: Mask
    maybe: Mask

    @classmethod
    def of_scores(cls, scores: npt.NDArray[np.float32], sure: float, best: float, maybe: float) -> "Certainty":
        """Each is as certain as the least of the scores `sure >= best >= maybe` that it reaches."""
        return cls(scores >= sure, scores >= best, scores >= maybe)

    def __and__(self, other: "Certainty") -> "Certainty":
        return Certainty(self.sure & other.sure, self.best & other.best, self.maybe & other.maybe)

    def __invert__(self) -> "Certainty":
        return Certainty(~self.maybe, ~self.best, ~self.sure)

    @property
    def levels(self) -> tuple[Mask, Mask, Mask]:
        """`sure`, `best`, `maybe`."""
        return self.sure, self.best, self.maybe

    def is_same(self, other: "Certainty") -> bool:
        """Whether all masks are equal."""
        return all(bool((one == two).all()) for one, two in zip(self.levels, other.levels, strict=True))

    def any(self) -> "Certainty":
        """(n, m) → (n,): whether any of the m is so."""
        return Certainty(*(np.asarray(level.any(axis=1)) for level in self.levels))

    def count(self) -> Interval:
        """How many are so."""
        return Interval(*(int(np.count_nonzero(level)) for level in self.levels))


class Codes:
    """Which code each of n fronts has in the best estimate, and which ones it may have."""

    def __init__(self, codes: list[str | None], candidates: list[frozenset[str]], gallery: tuple[str, ...]) -> None:
        self._names = (*gallery, UNKNOWN)
        column = {name: number for number, name in enumerate(self._names)}
        self._best = np.zeros((len(codes), len(column)), bool)
        self._best[np.arange(len(codes)), [column[code or UNKNOWN] for code in codes]] = True
        self._may = np.zeros((len(codes), len(column)), bool)
        for number, names in enumerate(candidates):
            self._may[number, [column[name] for name in names]] = True
        seen = np.flatnonzero((self._may | self._best)[:, : len(gallery)].any(axis=0))
        self.seen = tuple(gallery[number] for number in seen)  # gallery codes that a front has or may have
        only = self._may & (self._may.sum(axis=1) == 1)[:, None]
        self._weights = [level[:, seen].astype(np.int64) for level in (only, self._best, self._may)]

    def of(self, wanted: frozenset[str]) -> Certainty:
        """Whether each front is one of `wanted`: sure where all of its candidates are, maybe where any is."""
        is_wanted = np.array([name in wanted for name in self._names])
        maybe = (self._may & is_wanted).any(axis=1)
        return Certainty(maybe & ~(self._may & ~is_wanted).any(axis=1), (self._best & is_wanted).any(axis=1), maybe)

    def totals(self, here: Sequence[IntArray]) -> tuple[IntArray, IntArray, IntArray]:
        """Least, likely and greatest number (p, m) of fronts of each of the m `seen` codes on each of p shelf
        positions.

        here: (p, n) for sure, best and maybe, 1 where the front is on the position.
        """
        low, best, high = (level @ weights for level, weights in zip(here, self._weights, strict=True))
        return low, best, high

    def counts(self, there: Certainty) -> dict[str, Interval]:
        """`(there & of({code})).count()` of each gallery code, all at once."""
        levels = [level.astype(np.int64)[None] for level in there.levels]
        bounds = zip(*(bound[0].tolist() for bound in self.totals(levels)), strict=True)
        found = {code: Interval(*values) for code, values in zip(self.seen, bounds, strict=True)}
        return dict.fromkeys(self._names[:-1], Interval.exact(0)) | found

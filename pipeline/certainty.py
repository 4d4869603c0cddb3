"""Whether each of n things surely is, in the best estimate is, or maybe is so; and which SKU each front may be."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.gallery import UNKNOWN
from pipeline.interval import Interval

Mask = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Certainty:
    """Three masks (n,) of the same things; sure ⇒ best ⇒ maybe."""

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

    def any(self) -> "Certainty":
        """(n, m) → (n,): whether any of the m is so."""
        return Certainty(*(np.asarray(level.any(axis=1)) for level in (self.sure, self.best, self.maybe)))

    def count(self) -> Interval:
        """How many are so."""
        return Interval(int(self.sure.sum()), int(self.best.sum()), int(self.maybe.sum()))


class Codes:
    """Which code each of n fronts has in the best estimate, and which ones it may have."""

    def __init__(self, codes: list[str | None], candidates: list[frozenset[str]], gallery: tuple[str, ...]) -> None:
        self._names = (*gallery, UNKNOWN)
        place = {name: number for number, name in enumerate(self._names)}
        self.numbers = np.array([place[code or UNKNOWN] for code in codes], np.int64)
        self._best = np.zeros((len(codes), len(place)), bool)
        self._best[np.arange(len(codes)), self.numbers] = True
        self._may = np.zeros((len(codes), len(place)), bool)
        for number, names in enumerate(candidates):
            self._may[number, [place[name] for name in names]] = True

    def of(self, wanted: frozenset[str]) -> Certainty:
        """Whether each front is one of `wanted`: sure where all of its candidates are, maybe where any is."""
        is_wanted = np.array([name in wanted for name in self._names])
        maybe = (self._may & is_wanted).any(axis=1)
        return Certainty(maybe & ~(self._may & ~is_wanted).any(axis=1), (self._best & is_wanted).any(axis=1), maybe)

    def counts(self, there: Certainty, *, seen_only: bool = False) -> dict[str, Any]:
        """Of each gallery code: `(there & of({code})).count()`, all at once; `seen_only`: of those that may be there."""
        alone = self._may & (self._may.sum(axis=1) == 1)[:, None]
        low = (alone & there.sure[:, None]).sum(axis=0).tolist()
        best = (self._best & there.best[:, None]).sum(axis=0).tolist()
        high = (self._may & there.maybe[:, None]).sum(axis=0).tolist()
        bounds = zip(self._names[:-1], low, best, high, strict=False)
        return {name: Interval(*values).as_dict() for name, *values in bounds if values[2] or not seen_only}

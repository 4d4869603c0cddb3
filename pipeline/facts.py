"""From boxes and codes to the facts that rules read, each an interval of what surely is and what may be there."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.detections import COOLER, PRODUCT, Detections
from models.gallery import UNKNOWN
from pipeline.interval import Interval, ratio
from pipeline.layout import row_count
from pipeline.recognise import Recognised
from pipeline.thresholds import COUNTING, INSIDE_MAYBE, INSIDE_SURE, ROW_GAPS, Counting

Mask = npt.NDArray[np.bool_]
Facts = dict[str, Any]  # nested; each leaf is {"low", "best", "high"}


@dataclass(frozen=True)
class FactContext:
    """SKU codes of the brand itself, and those of its launches; every other gallery code is a competitor's."""

    own: frozenset[str]
    new: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class _Certainty:
    """Whether each of n things is surely, in the best estimate, or maybe there; sure ⇒ best ⇒ maybe."""

    sure: Mask
    best: Mask
    maybe: Mask

    def __and__(self, other: "_Certainty") -> "_Certainty":
        return _Certainty(self.sure & other.sure, self.best & other.best, self.maybe & other.maybe)

    def count(self) -> Interval:
        return Interval(int(self.sure.sum()), int(self.best.sum()), int(self.maybe.sum()))


class _Codes:
    """Which code each of n fronts has in the best estimate, and which ones it may have."""

    def __init__(self, codes: list[str | None], candidates: list[frozenset[str]], gallery: tuple[str, ...]) -> None:
        self._names = (*gallery, UNKNOWN)
        place = {name: number for number, name in enumerate(self._names)}
        self._best = np.zeros((len(codes), len(place)), bool)
        self._may = np.zeros((len(codes), len(place)), bool)
        for number, (code, names) in enumerate(zip(codes, candidates, strict=True)):
            self._best[number, place[code or UNKNOWN]] = True
            self._may[number, [place[name] for name in names]] = True

    def of(self, wanted: frozenset[str]) -> _Certainty:
        """Whether each front is one of `wanted`: sure where all of its candidates are, maybe where any is."""
        is_wanted = np.array([name in wanted for name in self._names])
        maybe = (self._may & is_wanted).any(axis=1)
        return _Certainty(maybe & ~(self._may & ~is_wanted).any(axis=1), (self._best & is_wanted).any(axis=1), maybe)

    def counts(self, there: _Certainty) -> Facts:
        """Of each gallery code: `(there & of({code})).count()`, all at once."""
        alone = self._may & (self._may.sum(axis=1) == 1)[:, None]
        low = (alone & there.sure[:, None]).sum(axis=0).tolist()
        best = (self._best & there.best[:, None]).sum(axis=0).tolist()
        high = (self._may & there.maybe[:, None]).sum(axis=0).tolist()
        bounds = zip(self._names[:-1], low, best, high, strict=False)
        return {name: Interval(*values).as_dict() for name, *values in bounds}


def make_facts(
    detections: Detections,
    recognised: Recognised,
    gallery: tuple[str, ...],
    context: FactContext,
    counting: Counting = COUNTING,
) -> Facts:
    """Facts of one photo. gallery: every code that the recogniser knows; each gets a count, zero where unseen."""
    front = (detections.labels == PRODUCT) & (detections.scores >= counting.maybe)
    fronts = detections.take(front)
    codes = [code for code, is_front in zip(recognised.codes, front, strict=True) if is_front]
    candidates = [names for names, is_front in zip(recognised.candidates, front, strict=True) if is_front]
    there = _levels(fronts.scores, counting.sure, counting.best, counting.maybe)
    coolers = detections.take(detections.labels == COOLER)
    cooler = _levels(coolers.scores, counting.cooler_sure, counting.cooler_best, counting.cooler_maybe)
    inside = there & _inside(fronts.boxes, coolers.boxes, cooler)

    seen = _Codes(codes, candidates, gallery)
    own, other = seen.of(context.own), seen.of(frozenset([*gallery, UNKNOWN]) - context.own)
    own_inside = (inside & own).count()
    present = cooler.count()
    counts = {
        "total": there,
        "own": there & own,
        "competitor": there & seen.of(frozenset(gallery) - context.own),
        "unknown": there & seen.of(frozenset([UNKNOWN])),
        "new": there & seen.of(context.new),
    }
    facings: Facts = {name: certainty.count().as_dict() for name, certainty in counts.items()}
    facings["sku"] = seen.counts(there)
    return {
        "facings": facings,
        "share": {"own": ratio((there & own).count(), (there & other).count()).as_dict()},
        "cooler": {
            "present": Interval(*(min(1, int(n)) for n in (present.low, present.best, present.high))).as_dict(),
            "count": present.as_dict(),
            "facings": inside.count().as_dict(),
            "own_facings": own_inside.as_dict(),
            "purity": ratio(own_inside, (inside & other).count()).as_dict(),
        },
        "rows": {"count": _rows(fronts, there).as_dict()},
    }


def _levels(scores: npt.NDArray[np.float32], sure: float, best: float, maybe: float) -> _Certainty:
    return _Certainty(scores >= sure, scores >= best, scores >= maybe)


def _inside(fronts: npt.NDArray[np.float32], coolers: npt.NDArray[np.float32], cooler: _Certainty) -> _Certainty:
    """Whether each front stands in a cooler: best where its centre does, sure and maybe by the share of its area.

    A front on the edge, such as one on top of the cabinet or on the rack beside it, stays doubtful.
    """
    low = np.maximum(fronts[:, None, :2], coolers[None, :, :2])
    shared = np.clip(np.minimum(fronts[:, None, 2:], coolers[None, :, 2:]) - low, 0, None).prod(axis=2)
    share = shared / np.maximum((fronts[:, 2:] - fronts[:, :2]).prod(axis=1), 1e-6)[:, None]
    centres = ((fronts[:, :2] + fronts[:, 2:]) / 2)[:, None]
    centred = ((centres >= coolers[None, :, :2]) & (centres <= coolers[None, :, 2:])).all(axis=2)
    best = centred & cooler.best
    # three quarters inside hold the centre, which holds a quarter: so sure, best and maybe follow from one another
    sure, maybe = (share >= INSIDE_SURE) & best & cooler.sure, ((share >= INSIDE_MAYBE) & cooler.maybe) | best
    return _Certainty(*(np.asarray(level.any(axis=1)) for level in (sure, best, maybe)))


def _rows(fronts: Detections, there: _Certainty) -> Interval:
    """Rows of the likely fronts; apart from it where doubtful fronts or another reading of the gaps change it."""
    best = row_count(fronts.boxes[there.best])
    counts = [best, row_count(fronts.boxes[there.sure]), row_count(fronts.boxes[there.maybe])]
    counts += [row_count(fronts.boxes[there.best], gap) for gap in ROW_GAPS]
    return Interval(min(counts), best, max(counts))

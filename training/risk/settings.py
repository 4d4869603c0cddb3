"""How strict a decision is, as one number, and what the facts of a display are under it, by the code that serves."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace

import numpy as np

from models.detections import COOLER, PRODUCT, Detections
from models.detector import COUNTABLE_SCORE
from models.gallery import UNKNOWN, Gallery
from pipeline.facts.display import read_display
from pipeline.facts.make import FactContext, Facts, make_facts
from pipeline.facts.seen import Recognised
from pipeline.facts.widen import widen
from pipeline.flags import of_whole_photo
from pipeline.interval import Interval
from pipeline.seeing.fronts import countable
from pipeline.seeing.recognise import doubt_names, named
from pipeline.thresholds import COOLER_BEST, COUNTING, SCORE_BEST, Counting
from training.risk.reading import FLOOR, Seen

# At 0 the estimates decide alone; at 1 hardly a front is sure and hardly one is out of the question.
LAX = replace(COUNTING, sure=SCORE_BEST, maybe=SCORE_BEST, cooler_sure=COOLER_BEST, cooler_maybe=COOLER_BEST)
STRICT = replace(COUNTING, sure=0.95, maybe=COUNTABLE_SCORE, cooler_sure=0.97, cooler_maybe=0.05)
SURE_MAX, MARGIN_MAX = 0.75, 0.4  # the gallery's limits at 1: half of the known fronts have a cosine of 0.69 or more
STRICTNESS = tuple(round(float(step), 2) for step in np.linspace(1, 0, 21))  # strict to lax


@dataclass(frozen=True)
class Setting:
    """Limits that are tried together. strictness: in 0..1; None for those that ship."""

    counting: Counting
    strictness: float | None = None

    def limits(self, gallery: Gallery) -> Gallery:
        """The gallery with its limits of certainty as strict; `accept` and `reject` stay calibrated."""
        if self.strictness is None:
            return gallery
        sure = gallery.accept + self.strictness * max(SURE_MAX - gallery.accept, 0.0)
        return replace(gallery, sure=sure, margin=MARGIN_MAX * self.strictness)

    def facts(self, seen: Seen, gallery: Gallery, context: FactContext) -> Facts:
        """The facts that would be served of a display."""
        limits, found = self.limits(gallery), seen.detections
        embedded, chosen = countable(found, FLOOR), countable(found, self.counting.maybe)
        vectors = seen.embeddings[np.isin(embedded, chosen)]
        names = doubt_names(named(found, chosen, vectors, limits), seen.doubts.glared, limits.codes)
        display = read_display(found, self.counting, seen.doubts.top_unseen)
        return widen(make_facts(display, names, limits.codes, context), seen.doubts)


SHIPPED = Setting(COUNTING)


def setting(strictness: float, cooler: float = COOLER_BEST) -> Setting:
    """Between LAX at 0 and STRICT at 1, straight; as precise as it is written into pipeline/thresholds.py.

    cooler: the score of LAX from which a cooler is sure, see `cooler_least`.
    """
    ends = astuple(replace(LAX, cooler_sure=min(cooler, STRICT.cooler_sure))), astuple(STRICT)
    values = (round(lax + strictness * (strict - lax), 3) for lax, strict in zip(*ends, strict=True))
    return Setting(Counting(*values), strictness)


def cooler_least(seen: Iterable[tuple[Seen, bool]]) -> float:
    """Least score for coolers at 0: that of the strongest cooler seen where none is, at least COOLER_BEST.

    seen: displays, and whether a cooler is there. Coolers are right or wrong by other scores than fronts, so that one
    straight line for both would pay nothing before it pays safely. Photos with a flag of the whole photo are left out:
    none is paid.
    """
    false = [
        float(each.detections.scores[each.detections.labels == COOLER].max(initial=0.0))
        for each, is_there in seen
        if not is_there and not of_whole_photo(each.flags)
    ]
    return max([COOLER_BEST, *false])


def true_facts(
    fronts: np.ndarray, names: tuple[str, ...], coolers: np.ndarray, gallery: Gallery, context: FactContext
) -> Facts:
    """The facts of boxes that are known: each exact, its best value by the definitions that serve.

    fronts: (n, 4), names: their n codes; coolers: (m, 4); boxes in pixels.
    """
    boxes = np.concatenate([fronts, coolers]).astype(np.float32)
    labels = np.repeat([PRODUCT, COOLER], [len(fronts), len(coolers)]).astype(np.int64)
    found = Detections(boxes, np.ones(len(boxes), np.float32), labels)
    known = tuple(name if name in gallery.codes else UNKNOWN for name in names)
    codes: tuple[str | None, ...] = (*known, *[None] * len(coolers))
    candidates = (*(frozenset([name]) for name in known), *[frozenset[str]()] * len(coolers))
    facts = make_facts(read_display(found), Recognised(codes, (1.0,) * len(codes), candidates), gallery.codes, context)
    return _exact(facts)


def _exact(facts: Facts) -> Facts:
    if "best" in facts:
        return Interval.exact(facts["best"]).as_dict()
    return {name: _exact(value) for name, value in facts.items()}

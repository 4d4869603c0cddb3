"""What one photo tells: its facts as wide as it leaves them, and in which row and how surely each detection counts."""

from dataclasses import dataclass
from typing import Any

from models.detections import COOLER, Detections
from pipeline.facts.display import Display, read_display
from pipeline.facts.make import FactContext, Facts, make_facts
from pipeline.facts.seen import Doubts, Recognised
from pipeline.facts.trial import told
from pipeline.facts.widen import widen
from pipeline.thresholds import Counting


@dataclass(frozen=True)
class PhotoFacts:
    """rows: per detection, the shelf row (1 is the top one), None for coolers and for boxes too weak to count.
    certainties: per detection, in which bound of the facts it counts, see `certainties`. trial: see `trial.told`."""

    facts: Facts
    rows: tuple[int | None, ...]
    certainties: tuple[str | None, ...]
    trial: dict[str, Any]


def facts_of_photo(
    found: Detections,
    recognised: Recognised,
    doubts: Doubts,
    gallery: tuple[str, ...],
    context: FactContext,
    counting: Counting,
) -> PhotoFacts:
    """gallery: every code that the recogniser knows."""
    display = read_display(found, counting, doubts.top_unseen)
    facts = widen(make_facts(display, recognised, gallery, context), doubts)
    kept = told(found, recognised, doubts, gallery, context)
    return PhotoFacts(facts, _rows(display), certainties(found, counting), kept)


def certainties(found: Detections, counting: Counting) -> tuple[str | None, ...]:
    """Per detection, see `Counting.certainty`."""
    return tuple(
        counting.certainty(score, label == COOLER)
        for score, label in zip(found.scores.tolist(), found.labels.tolist(), strict=True)
    )


def _rows(display: Display) -> tuple[int | None, ...]:
    numbers = iter(display.rows.best.tolist())
    return tuple(next(numbers) if is_front else None for is_front in display.is_front)

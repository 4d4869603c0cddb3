"""Photo bytes → what stands on the shelf: through intake, seeing and facts, each once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.detections import CLASSES, Detections
from models.load import Networks
from models.stopwatch import Stopwatch
from pipeline.facts.make import FactContext, Facts
from pipeline.facts.of_photo import facts_of_photo
from pipeline.facts.seen import Doubts, Recognised
from pipeline.flags import flag
from pipeline.intake.likeness import Likeness
from pipeline.intake.take import take_photo
from pipeline.seeing.see import see
from pipeline.thresholds import COUNTING, THRESHOLDS_VERSION, Counting


@dataclass(frozen=True)
class PhotoReading:
    """All that was read from one photo.

    photo: sha256 hex of the received bytes. detections: boxes in pixels of the full upright photo.
    rows: per detection, the shelf row (1 is the top one), None for coolers and for boxes too weak to count.
    certainties: per detection, in which bound of the facts it counts, see `facts.of_photo.certainties`.
    doubts: what the photo cannot show; facts and names are already as wide as that.
    taken_at: the camera's own clock, no zone. gps: (latitude, longitude). models: versions of
    the networks that read it, `general` only where it did, the gallery and the inference engine. trial: what tells
    the facts were the names of enrolled SKUs believed, or not; see `pipeline.facts.trial.told`.
    perceptual_hash and likeness: what copies of it are known by.
    """

    photo: str
    width: int
    height: int
    detections: Detections
    recognised: Recognised
    rows: tuple[int | None, ...]
    certainties: tuple[str | None, ...]
    doubts: Doubts
    facts: Facts
    flags: tuple[dict[str, Any], ...]
    timings_ms: dict[str, float]
    models: dict[str, str]
    perceptual_hash: bytes
    likeness: Likeness
    taken_at: datetime | None
    gps: tuple[float, float] | None
    trial: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that is stored, explained and printed."""
        found = self.detections
        return {
            "photo": self.photo,
            "width": self.width,
            "height": self.height,
            "detections": [
                {
                    "box": [round(float(value), 1) for value in found.boxes[index]],
                    "label": CLASSES[found.labels[index]],
                    "score": round(float(found.scores[index]), 4),
                    "sku": self.recognised.codes[index],
                    "sku_score": self._sku_score(index),
                    "row": self.rows[index],
                    "certainty": self.certainties[index],
                }
                for index in range(len(found))
            ],
            "facts": self.facts,
            "flags": list(self.flags),
            "timings_ms": self.timings_ms,
            "models": self.models,
            "thresholds": THRESHOLDS_VERSION,
            **({"trial": self.trial} if self.trial else {}),
        }

    def _sku_score(self, index: int) -> float | None:
        return round(self.recognised.scores[index], 4) if self.recognised.codes[index] is not None else None


def read_photo(data: bytes, networks: Networks, context: FactContext, counting: Counting = COUNTING) -> PhotoReading:
    """Reads one photo. Raises pipeline.intake.photo_error.PhotoError where it cannot be read."""
    watch = Stopwatch()
    with watch.stage("total"):
        taken = take_photo(data, watch)
        seen = see(taken.photo, taken.closer, taken.grey, networks, counting, watch)
        with watch.stage("facts"):
            told = facts_of_photo(seen.found, seen.recognised, seen.doubts, networks.gallery.codes, context, counting)
    photo = seen.photo
    return PhotoReading(
        photo=taken.sha256,
        width=photo.width,
        height=photo.height,
        detections=seen.found.scaled(*photo.scale),
        recognised=seen.recognised,
        rows=told.rows,
        certainties=told.certainties,
        doubts=seen.doubts,
        facts=told.facts,
        flags=tuple(flag(code) for code in seen.codes),
        timings_ms=watch.milliseconds(),
        models=seen.read_by,
        perceptual_hash=taken.perceptual_hash,
        likeness=taken.likeness,
        taken_at=photo.taken_at,
        gps=photo.gps,
        trial=told.trial,
    )

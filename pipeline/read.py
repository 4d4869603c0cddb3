"""Photo bytes → what stands on the shelf. The order of the stages, on one screen."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.detections import CLASSES, Detections
from models.load import Networks
from models.stopwatch import Stopwatch
from pipeline.facts import trial
from pipeline.facts.display import Display, read_display
from pipeline.facts.make import FactContext, Facts, make_facts
from pipeline.facts.seen import Doubts, Recognised
from pipeline.facts.widen import widen
from pipeline.flags import flag
from pipeline.intake.decode import decode_photo
from pipeline.intake.likeness import Likeness, take_likeness
from pipeline.intake.perceptual_hash import perceptual_hash, unframed
from pipeline.seeing import doubts, quality
from pipeline.seeing.detect import look_at
from pipeline.seeing.out_of_distribution import certainties
from pipeline.seeing.recognise import recognise
from pipeline.thresholds import COUNTING, THRESHOLDS_VERSION, Counting


@dataclass(frozen=True)
class PhotoReading:
    """All that was read from one photo.

    photo: sha256 hex of the received bytes. detections: boxes in pixels of the full upright photo.
    rows: per detection, the shelf row (1 is the top one), None for coolers and for boxes too weak to count.
    certainties: per detection, in which bound of the facts it counts, see `familiar.certainties`.
    doubts: what the photo cannot show; facts and names are already as wide as that.
    taken_at: the camera's own clock, no zone. gps: (latitude, longitude). models: versions of
    the networks that read it, `general` only where it did, the gallery and the engine that ran them. trial: what tells
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
    """Reads one photo. Raises pipeline.intake.decode.PhotoError where it cannot be read."""
    watch = Stopwatch()
    with watch.stage("total"):
        with watch.stage("decode"):
            photo = decode_photo(data)
        with watch.stage("quality"):
            grey = quality.small_grey(photo.image)
        with watch.stage("hash"):
            picture = unframed(grey)
            hashed = perceptual_hash(picture)
            likeness = take_likeness(picture)
        with watch.stage("detect"):
            look = look_at(data, photo, networks, watch)
            photo, found = look.photo, look.found
        with watch.stage("quality"):
            shrunk = found.scaled(grey.shape[1] / photo.image.shape[1], grey.shape[0] / photo.image.shape[0])
            fronts = quality.fronts_of(shrunk, counting.best)
            measured = quality.measure(grey, max(photo.width, photo.height), fronts)
            doubted = doubts.find_doubts(grey, shrunk, counting)
        with watch.stage("recognise"):
            recognised = recognise(photo.image, found, networks.embedder, networks.gallery, watch, counting.maybe)
            recognised = doubts.doubt_names(recognised, doubted.glared, networks.gallery.codes)
        with watch.stage("facts"):
            display = read_display(found, counting, doubted.top_unseen)
            facts = widen(make_facts(display, recognised, networks.gallery.codes, context), doubted)
    codes = ["damaged"] * photo.damaged + quality.quality_flags(measured) + look.codes + doubted.codes()
    return PhotoReading(
        photo=hashlib.sha256(data).hexdigest(),
        width=photo.width,
        height=photo.height,
        detections=found.scaled(*photo.scale),
        recognised=recognised,
        rows=_rows(display),
        certainties=certainties(found, counting),
        doubts=doubted,
        facts=facts,
        flags=tuple(flag(code) for code in codes),
        timings_ms=watch.milliseconds(),
        models={
            **look.read_by,
            "embedder": networks.embedder.manifest.version,
            "gallery": networks.gallery.version,
            "engine": networks.engine,
        },
        perceptual_hash=hashed,
        likeness=likeness,
        taken_at=photo.taken_at,
        gps=photo.gps,
        trial=trial.told(found, recognised, doubted, networks.gallery.codes, context),
    )


def _rows(display: Display) -> tuple[int | None, ...]:
    numbers = iter(display.rows.best.tolist())
    return tuple(next(numbers) if is_front else None for is_front in display.is_front)

"""What is seen on a photo: fronts and coolers, the SKU of each front, what spoils the photo or hides part of it."""

from collections.abc import Callable
from dataclasses import dataclass

from models.detections import Detections, Image
from models.load import Networks
from models.stopwatch import Stopwatch
from pipeline.facts.seen import Doubts, Recognised
from pipeline.photo import DecodedPhoto
from pipeline.seeing.detect import detect
from pipeline.seeing.doubts import find_doubts
from pipeline.seeing.fronts import fronts_of
from pipeline.seeing.quality import quality_codes
from pipeline.seeing.recognise import recognise
from pipeline.thresholds import Counting


@dataclass(frozen=True)
class Seen:
    """found: boxes on photo.image. recognised: names, as doubtful as `doubts` make them. codes: of the flags.

    read_by: versions of the networks and of the gallery, and the inference engine.
    """

    photo: DecodedPhoto
    found: Detections
    recognised: Recognised
    doubts: Doubts
    codes: list[str]
    read_by: dict[str, str]


def see(
    photo: DecodedPhoto,
    closer: Callable[[], DecodedPhoto],
    grey: Image,
    networks: Networks,
    counting: Counting,
    watch: Stopwatch,
) -> Seen:
    """closer: gives the photo with pixels enough for a closer pass. grey: from `intake.grey.small_grey`."""
    with watch.stage("detect"):
        detected = detect(photo, closer, networks, watch)
    photo, found = detected.photo, detected.found
    with watch.stage("quality"):
        shrunk = found.scaled(grey.shape[1] / photo.image.shape[1], grey.shape[0] / photo.image.shape[0])
        spoiled = quality_codes(grey, max(photo.width, photo.height), fronts_of(shrunk, counting.best))
        doubts = find_doubts(grey, shrunk, counting)
    with watch.stage("recognise"):
        recognised = recognise(
            photo.image, found, networks.embedder, networks.gallery, watch, counting.maybe, doubts.glared
        )
    codes = [*["damaged"] * photo.damaged, *spoiled, *detected.codes, *doubts.codes()]
    versions = {
        **detected.read_by,
        "embedder": networks.embedder.manifest.version,
        "gallery": networks.gallery.version,
        "engine": networks.engine,
    }
    return Seen(photo, found, recognised, doubts, codes, versions)

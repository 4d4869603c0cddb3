"""From how far the detectors count large fronts best: at the first pass, or seen smaller.

Command: `python -m training.detection_passes` (ten minutes; one JSON object a line). The detector reads whole
rendered displays, whose truth is exact (`training.risk`, pilot); the general one photos that trained nothing and parts
of them, in which a front that is cut by more than its half, and a doubtful one, counts by half: the field's select and
calibration splits, rendered photos, drawn shelves.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.progress import track

from datasets.crops import Image, read_image
from datasets.field import field_photos, of_split
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto
from models.detections import COOLER, PRODUCT
from models.detector import Detector
from pipeline.intake.decode import decode_photo
from pipeline.seeing.detect import front_height
from pipeline.seeing.fronts import countable
from pipeline.thresholds import FRONT_HEIGHT_FARTHER, SCORE_BEST, SCORE_MAYBE, SCORE_SURE
from training.predict import shipped_detector
from training.rendered import rendered_set
from training.risk.displays import rendered
from training.shelves import shelf_set
from training.shops import inside

HEIGHTS = (60, 80, 100, 120)  # network pixels in which large fronts are seen at the second pass
SMALLEST_SIZE = 0.3  # times as large as at the first pass, at least
PARTS, PART_MIN, FRONTS_MIN = 5, 0.25, 4  # of a photo, beside the whole one; of its sides; in a part
SEED = 17


def passes(detector: Detector, image: Image) -> npt.NDArray[np.int64] | None:
    """(1 + HEIGHTS, 3): fronts in low, best and high at the first pass and seen smaller; None: they are not large."""
    first = detector.detect(image)
    tall = front_height(first, image.shape, detector.manifest.input_size)
    if tall is None or tall <= FRONT_HEIGHT_FARTHER:
        return None
    again = [detector.detect(image, larger=max(each / tall, SMALLEST_SIZE)) for each in HEIGHTS]
    bounds = (SCORE_SURE, SCORE_BEST, SCORE_MAYBE)
    return np.array([[len(countable(found, score)) for score in bounds] for found in (first, *again)])


def figures(counts: Sequence[npt.NDArray[np.int64]], truths: Sequence[float]) -> dict[str, dict[str, float]]:
    """By pass: mean |log(best ÷ truth)|, photos within 15 %, those whose low exceeds the truth or whose high falls
    short of it, by more than the half of a front, and what share of all fronts is in low.
    """
    true = np.array(truths)
    told = {}
    for name, (low, best, high) in zip(("first", *map(str, HEIGHTS)), np.array(counts).transpose(1, 2, 0), strict=True):
        ratio = np.maximum(best, 0.5) / true
        told[name] = {
            "mean_log_error": round(float(np.abs(np.log(ratio)).mean()), 3),
            "near": int((np.abs(best / true - 1) <= 0.15).sum()),
            "low_exceeds": int((low > true + 0.5).sum()),
            "high_short": int((high < true - 0.5).sum()),
            "low_share": round(float(low.sum() / true.sum()), 3),
        }
    return told


def parts(photos: Iterable[LabelledPhoto]) -> Iterator[tuple[Image, float]]:
    """(picture, fronts in it) of each photo and of PARTS cuts of it that show enough."""
    rng = np.random.default_rng(SEED)
    for photo in photos:
        image = read_image(photo.path)
        height, width = image.shape[:2]
        kept = photo.classes != COOLER
        for number in range(1 + PARTS):
            share = 1.0 if number == 0 else float(np.exp(rng.uniform(np.log(PART_MIN), 0)))
            w, h = round(width * share), round(height * share)
            x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
            part = np.array([x, y, x + w, y + h]) / np.tile([width, height], 2)
            _, labels = inside(photo.boxes[kept], photo.classes[kept], part)
            fronts = float(np.where(labels == PRODUCT, 1.0, 0.5).sum())  # see above
            if fronts >= FRONTS_MIN:
                yield np.ascontiguousarray(image[y : y + h, x : x + w]), fronts


def displays() -> Iterator[tuple[Image, float]]:
    """Rendered displays as they are decoded, with their fronts."""
    for display in rendered("pilot"):
        fronts = len(display.truth().boxes)
        if fronts:
            yield decode_photo(display.data()).image, float(fronts)


def report(name: str, detector: Detector, pictures: Iterable[tuple[Image, float]]) -> dict[str, Any]:
    """All figures of one set; only pictures with large fronts are told of."""
    seen = [(passes(detector, image), fronts) for image, fronts in track(pictures, name, transient=True)]
    large = [(counts, fronts) for counts, fronts in seen if counts is not None]
    head = {"detector": detector.manifest.name, "set": name, "pictures": len(seen), "large": len(large)}
    return {**head, **(figures(*zip(*large, strict=True)) if large else {})}


def main() -> None:
    cv2.setNumThreads(1)
    field = field_photos(require_data())
    general = shipped_detector(network="general")
    sets = {
        "field": [*of_split(field, "select"), *of_split(field, "calibration")],
        "rendered": rendered_set("test"),
        "drawn shelves": shelf_set("test"),
    }
    print(json.dumps(report("displays", shipped_detector(), displays())), flush=True)
    for name, photos in sets.items():
        print(json.dumps(report(name, general, parts(photos))), flush=True)


if __name__ == "__main__":
    main()

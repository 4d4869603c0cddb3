"""How well boxes and counts agree with labels: COCO metrics by faster-coco-eval, count errors by photo.

No torch here: what is evaluated is the exported network in the serving pipeline.
"""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_coco_eval import COCO, COCOeval_faster

from models.detections import CLASSES, PRODUCT
from training.precision import hits, intervals, photo_draws
from training.prediction import Prediction, box_iou, matches

__all__ = ["Prediction", "box_iou", "evaluate", "matches", "precisions"]

BOXES_MAX = 1000  # COCO's default of 100 would cut dense shelves


def evaluate(photos: Sequence[Prediction], count_score: float, resamples: int = 0, seed: int = 0) -> dict[str, Any]:
    """`map50`, `map50_95` (mean over the classes that are labelled), `per_class`, `count_error` and `photos`.

    count_score: score from which a front counts. resamples: bootstrap draws over photos
    for 95 % intervals (percentile method); 0 leaves the intervals out. Values of mAP are 0..1, count errors are found
    minus true.
    Where products are known that the labels leave out, `unboxed_ignored` has a second mAP of products: what is found
    there is neither right nor wrong, as COCO treats crowds.
    """
    precision = precisions(photos)
    per_class = {name: _summary(precision[:, :, k]) for k, name in enumerate(CLASSES) if _labelled(photos, k)}
    if _labelled(photos, PRODUCT) and any(len(photo.unboxed) for photo in photos):
        per_class[CLASSES[PRODUCT]]["unboxed_ignored"] = _summary(precisions(photos, ignoring=True)[:, :, PRODUCT])
    errors = [_count_error(photo, count_score) for photo in photos]
    report: dict[str, Any] = {
        "images": len(photos),
        "map50": _mean([entry["map50"] for entry in per_class.values()]),
        "map50_95": _mean([entry["map50_95"] for entry in per_class.values()]),
        "per_class": per_class,
        "count_error": _count_summary(errors),
        "photos": errors,
    }
    if resamples:
        _add_intervals(per_class, photos, resamples, seed)
    return report


def precisions(photos: Sequence[Prediction], ignoring: bool = False) -> npt.NDArray[np.float64]:
    """Precision at 101 recalls, (10 IoU thresholds, 101, classes); -1 where a class has no labels.

    ignoring: leave out products found mostly in an area that the labels leave out.
    """
    truth: dict[str, Any] = {
        "images": [{"id": i, "width": 1, "height": 1} for i in range(len(photos))],
        "categories": [{"id": k, "name": name} for k, name in enumerate(CLASSES)],
        "annotations": [
            {"id": 0, "image_id": i, "category_id": label, "iscrowd": crowd, "bbox": _xywh(box),
             "area": float(np.prod(box[2:] - box[:2]))}
            for i, photo in enumerate(photos)
            for box, label, crowd in [
                *((box, int(label), 0) for box, label in zip(photo.boxes, photo.labels, strict=True)),
                *((box, PRODUCT, 1) for box in photo.unboxed if ignoring),
            ]
        ],
    }  # fmt: skip
    for number, annotation in enumerate(truth["annotations"], 1):
        annotation["id"] = number
    found = [
        {"image_id": i, "category_id": int(label), "bbox": _xywh(box), "score": float(score)}
        for i, photo in enumerate(photos)
        for box, label, score in zip(photo.found.boxes, photo.found.labels, photo.found.scores, strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        gold = COCO(truth)
        coco = COCOeval_faster(gold, gold.loadRes(found) if found else COCO({**truth, "annotations": []}), "bbox")
        coco.params.maxDets = [1, 100, BOXES_MAX]
        coco.evaluate()
        coco.accumulate()
    return np.asarray(coco.eval["precision"], np.float64)[:, :, :, 0, -1]


def _summary(precision: npt.NDArray[np.float64]) -> dict[str, Any]:
    return {"map50": float(precision[0].mean()), "map50_95": float(precision.mean())}


def _add_intervals(per_class: dict[str, Any], photos: Sequence[Prediction], resamples: int, seed: int) -> None:
    draws = photo_draws(len(photos), resamples, seed)
    for name, entry in per_class.items():
        found = hits(photos, CLASSES.index(name))
        entry["map50_interval"], entry["map50_95_interval"] = intervals(found, draws)


def _count_error(photo: Prediction, score: float) -> dict[str, Any]:
    true = int((photo.labels == PRODUCT).sum())
    found = int(((photo.found.labels == PRODUCT) & (photo.found.scores >= score)).sum())
    return {"photo": photo.name, "true": true, "found": found, "error": found - true}


def _count_summary(errors: Sequence[dict[str, Any]]) -> dict[str, float]:
    difference = np.array([entry["error"] for entry in errors], float)
    relative = np.abs(difference) / np.maximum([entry["true"] for entry in errors], 1)
    return {
        "mean": float(difference.mean()),
        "mean_absolute": float(np.abs(difference).mean()),
        "within_15_percent": float((relative <= 0.15).mean()),
    }


def _labelled(photos: Sequence[Prediction], label: int) -> bool:
    return any((photo.labels == label).any() for photo in photos)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _xywh(box: npt.NDArray[Any]) -> list[float]:
    x1, y1, x2, y2 = map(float, box)
    return [x1, y1, x2 - x1, y2 - y1]

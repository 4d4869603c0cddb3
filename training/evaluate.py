"""How well boxes and counts agree with labels: COCO metrics by faster-coco-eval, count errors by photo.

No torch here: what is evaluated is the exported network in the serving pipeline.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_coco_eval import COCO, COCOeval_faster

from models.detections import CLASSES, PRODUCT, Detections

BOXES_MAX = 1000  # COCO's default of 100 would cut dense shelves


@dataclass(frozen=True)
class Judged:
    """One photo's truth and what was found: boxes (n, 4) x1 y1 x2 y2 in pixels, labels (n,) into CLASSES."""

    name: str
    width: int
    height: int
    boxes: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    found: Detections


def evaluate(photos: Sequence[Judged], count_score: float, resamples: int = 0, seed: int = 0) -> dict[str, Any]:
    """`map50`, `map50_95` (mean over the classes that are labelled), `per_class`, `count_error` and `photos`.

    count_score: score from which a front counts. resamples: bootstrap draws over photos for 95 % intervals
    (percentile method); 0 leaves the intervals out. Values of mAP are 0..1, count errors are found minus true.
    """
    precision = _precisions(photos)
    per_class = {name: _summary(precision[:, :, k]) for k, name in enumerate(CLASSES) if _labelled(photos, k)}
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


def matches(photo: Judged, label: int, score: float, iou: float = 0.5) -> tuple[int, int, int]:
    """(true positives, found, labelled) of one class at a score, greedy by score, for recall and precision."""
    truth = photo.boxes[photo.labels == label]
    keep = (photo.found.labels == label) & (photo.found.scores >= score)
    found = photo.found.boxes[keep]
    free, hits = np.ones(len(truth), bool), 0
    for box in found:
        overlap = np.where(free, box_iou(truth, box), 0.0)
        if len(overlap) and overlap.max() >= iou:
            free[overlap.argmax()] = False
            hits += 1
    return hits, len(found), len(truth)


def box_iou(boxes: npt.NDArray[Any], box: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Intersection over union of (n, 4) boxes with one box, (n,)."""
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    inside = np.clip(high - low, 0, None).prod(axis=1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    return np.asarray(inside / (area - inside), np.float64)


def _precisions(photos: Sequence[Judged]) -> npt.NDArray[np.float64]:
    """Precision at 101 recalls, (10 IoU thresholds, 101, classes); -1 where a class has no labels."""
    truth: dict[str, Any] = {
        "images": [{"id": i, "width": 1, "height": 1} for i in range(len(photos))],
        "categories": [{"id": k, "name": name} for k, name in enumerate(CLASSES)],
        "annotations": [
            {"id": 0, "image_id": i, "category_id": int(label), "iscrowd": 0, "bbox": _xywh(box),
             "area": float(np.prod(box[2:] - box[:2]))}
            for i, photo in enumerate(photos)
            for box, label in zip(photo.boxes, photo.labels, strict=True)
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
        judge = COCOeval_faster(gold, gold.loadRes(found) if found else COCO({**truth, "annotations": []}), "bbox")
        judge.params.maxDets = [1, 100, BOXES_MAX]
        judge.evaluate()
        judge.accumulate()
    return np.asarray(judge.eval["precision"], np.float64)[:, :, :, 0, -1]


def _summary(precision: npt.NDArray[np.float64]) -> dict[str, Any]:
    return {"map50": float(precision[0].mean()), "map50_95": float(precision.mean())}


def _add_intervals(per_class: dict[str, Any], photos: Sequence[Judged], resamples: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws: dict[str, list[tuple[float, float]]] = {name: [] for name in per_class}
    for _ in range(resamples):
        precision = _precisions([photos[i] for i in rng.integers(0, len(photos), len(photos))])
        for name, values in draws.items():
            part = precision[:, :, CLASSES.index(name)]
            if part.min() >= 0:
                values.append((float(part[0].mean()), float(part.mean())))
    for name, values in draws.items():
        low, high = np.percentile(np.array(values), [2.5, 97.5], axis=0)
        per_class[name]["map50_interval"] = [float(low[0]), float(high[0])]
        per_class[name]["map50_95_interval"] = [float(low[1]), float(high[1])]


def _count_error(photo: Judged, score: float) -> dict[str, Any]:
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


def _labelled(photos: Sequence[Judged], label: int) -> bool:
    return any((photo.labels == label).any() for photo in photos)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _xywh(box: npt.NDArray[Any]) -> list[float]:
    x1, y1, x2, y2 = map(float, box)
    return [x1, y1, x2 - x1, y2 - y1]

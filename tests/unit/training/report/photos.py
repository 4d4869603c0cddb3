"""Report photos with a known answer: a row of fronts, of which some are found."""

from pathlib import Path

import numpy as np

from models.detections import Detections
from training.prediction import Prediction
from training.report.photo import ReportPhoto


def row(count: int) -> np.ndarray:
    """`count` boxes of 10 × 40 pixels beside each other."""
    return np.array([[20.0 * place, 10, 20 * place + 10, 50] for place in range(count)]).reshape(-1, 4)


def report_photo(
    name: str, true: int, found: list[float], codes: list[str] | None = None, truth: list[str] | None = None,
    scene: str = "", sku_score: float = 0.8,
) -> ReportPhoto:  # fmt: skip
    """`true` labelled fronts; the first len(found) places of the row are found, with these scores (descending)."""
    boxes = row(true)
    seen = Detections(
        row(len(found)).astype(np.float32), np.array(found, np.float32), np.zeros(len(found), np.int64), complete=True
    )
    best = sum(score >= 0.35 for score in found)
    return ReportPhoto(
        path=Path(name),
        prediction=Prediction(name, 1000, 100, boxes, np.zeros(true, np.int64), seen),
        count={"low": max(0, best - 1), "best": best, "high": best + 2},
        codes=tuple(codes or ["unknown"] * len(found)),
        sku_scores=(sku_score,) * len(found),
        sure=tuple(code != "unknown" for code in codes or ["unknown"] * len(found)),
        truth=tuple(truth or [None] * true),
        scene=scene,
    )

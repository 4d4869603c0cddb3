"""What a precision costs: accuracy of networks on an engine, and the gate that refuses one that loses too much.

Photos and fronts are those of the select and calibration splits; the test split chooses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.crops import UNKNOWN, Image, field_crops
from datasets.field import field_photos, of_split
from datasets.yolo import LabelledPhoto
from models.detections import PRODUCT
from models.load import Networks
from pipeline.thresholds import SCORE_BEST, SCORE_MAYBE, SCORE_SURE
from training.evaluate import evaluate
from training.predict import predict

LOSS_MAX = 0.005  # of mAP50-95 and of SKU top-1
SPLITS = ("select", "calibration")
COUNTS = {"low": SCORE_SURE, "best": SCORE_BEST, "high": SCORE_MAYBE}


class GateError(RuntimeError):
    """The networks lose more than the gate allows; the message gives the figures."""


@dataclass(frozen=True)
class Trial:
    """What accuracy is measured on: labelled photos, and true fronts of known SKUs with their codes."""

    photos: Sequence[LabelledPhoto]
    crops: Sequence[Image]
    codes: Sequence[str]


@dataclass(frozen=True)
class Accuracy:
    """map50_95: mean over the classes. top1: of the fronts' SKU. counts: int64 (photos,) by the names of COUNTS."""

    map50_95: float
    product_map50_95: float
    top1: float
    counts: dict[str, npt.NDArray[np.int64]]
    inside: float  # share of the photos whose labelled fronts lie in [low, high]

    def count_change(self, reference: "Accuracy") -> dict[str, float]:
        """Mean absolute change of each bound, in fronts a photo."""
        return {name: float(np.abs(self.counts[name] - reference.counts[name]).mean()) for name in self.counts}


def field_trial(root: Path) -> Trial:
    """The held-out field photos under folder `root`."""
    photos = field_photos(root)
    crops, codes, _ = field_crops(root, SPLITS, margin=0.0)
    known = [index for index, code in enumerate(codes) if code != UNKNOWN]
    return Trial(
        [photo for split in SPLITS for photo in of_split(photos, split)],
        [crops[index] for index in known],
        [codes[index] for index in known],
    )


def accuracy(networks: Networks, trial: Trial) -> Accuracy:
    """Measures the networks on the engine that they are opened on."""
    predictions = predict(trial.photos, networks.detector, f"Reading photos ({networks.engine})")
    report = evaluate(predictions, SCORE_BEST)
    scores = [photo.found.scores[photo.found.labels == PRODUCT] for photo in predictions]
    counts = {name: np.array([int((each >= limit).sum()) for each in scores]) for name, limit in COUNTS.items()}
    true = np.array([int((photo.labels == PRODUCT).sum()) for photo in predictions])
    nearest = replace(networks.gallery, reject=-1.0, accept=-1.0).match(networks.embedder.embed(trial.crops)).codes
    return Accuracy(
        map50_95=report["map50_95"],
        product_map50_95=report["per_class"]["product"]["map50_95"],
        top1=float(np.mean([found == code for found, code in zip(nearest, trial.codes, strict=True)])),
        counts=counts,
        inside=float(((counts["low"] <= true) & (true <= counts["high"])).mean()),
    )


def check(name: str, candidate: Accuracy, reference: Accuracy) -> None:
    """Raises GateError where `candidate` loses more than LOSS_MAX against `reference`, onnxruntime in fp32."""
    figures = {"mAP50-95": "map50_95", "mAP50-95 of fronts": "product_map50_95", "SKU top-1": "top1"}
    lost = [
        f"{title} {getattr(reference, field):.4f} → {getattr(candidate, field):.4f}"
        for title, field in figures.items()
        if not getattr(reference, field) - getattr(candidate, field) <= LOSS_MAX  # also where it is not a number
    ]
    if lost:
        raise GateError(f"{name} loses more than {LOSS_MAX * 100:.1f} points: {', '.join(lost)}")

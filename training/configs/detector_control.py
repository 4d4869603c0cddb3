"""Do rendered photos help on field photos? Three detectors of equal length, alike but for their data.

Command: `shelfproof train detector_control` (writes runs/detector_control.json). From the COCO weights at 416 px: the
field photos alone, with 66 rendered ones, and with 66 more of the bottled teas. All see the same number of photos.
Read on photos that trained none of them: select and calibration, and the rendered test photos.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.field import detection_photos, field_photos, negatives, of_split
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto
from models.detector import Detector
from models.manifest import load_manifest
from models.network_runner import OnnxRunner
from training.configs import coco_weights
from training.detector import DetectorConfig, train_detector
from training.evaluate import evaluate
from training.export import export_detector
from training.predict import predict
from training.rendered import rendered_set
from training.ultralytics_offline import RUNS

SIZE = 416
SEEN = 2800  # photos shown to each detector in all its epochs


def main(epochs: int | None = None) -> Path:
    """Trains the three detectors and returns the report's path."""
    root = require_data()
    photos = field_photos(root)
    field = of_split(photos, "train") + negatives(root, train=True)[::3]
    rendered = rendered_set("train")[:66]
    teas = detection_photos(root / "beverages_nthu")[::16][:66]
    sets = {"field": field, "rendered": field + rendered, "teas": field + rendered + teas}
    predictions = {
        "select and calibration": of_split(photos, "select") + of_split(photos, "calibration"),
        "rendered test": rendered_set("test"),
    }
    report = {}
    for name, train in sets.items():
        detector = _trained(f"detector_control_{name}", train, of_split(photos, "select"), epochs)
        report[name] = {title: _figures(test, detector) for title, test in predictions.items()}
    target = RUNS / "detector_control.json"
    target.write_text(json.dumps(report, indent=1) + "\n")
    print(target.read_text())
    return target


def _trained(name: str, train: list[LabelledPhoto], select: list[LabelledPhoto], epochs: int | None) -> Detector:
    start = coco_weights()
    config = DetectorConfig(name, start, epochs or round(SEEN / len(train)), image_size=SIZE, close_mosaic=5)
    best = train_detector(config, train, select[:4])  # the last epoch is taken: nothing is chosen
    out = RUNS / name
    export_detector(best.with_name("last.pt"), "control", {}, out)
    return Detector(OnnxRunner(out / "detector.onnx"), replace(load_manifest(out / "detector.json"), input_size=SIZE))


def _figures(photos: list[LabelledPhoto], detector: Detector) -> dict[str, Any]:
    per_class = evaluate(predict(photos, detector), count_score=0.35)["per_class"]
    return {name: {key: round(values[key], 3) for key in ("map50", "map50_95")} for name, values in per_class.items()}

"""Coolers, cross-validated: three detectors, each trained without one third of the field photos.

Command: `shelfproof train detector_folds` (writes runs/detector_folds.json). At 416 px, the photos' own size, and with
fewer epochs than the shipped recipe: three runs take some twelve minutes on two cores. They are read at the size they
were trained at: at 640 px a cooler that fills the frame is larger than any seen in training, and half are lost.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from datasets.field import field_photos, negatives
from datasets.splits import FOLDS, read_folds, require_data
from models.detections import COOLER
from models.detector import Detector
from models.manifest import load_manifest
from models.network_runner import OnnxRunner
from training.configs import coco_weights
from training.detector import DetectorConfig, train_detector
from training.evaluate import Prediction, matches
from training.export import export_detector
from training.predict import predict
from training.ultralytics_offline import RUNS

SCORES = (0.15, 0.25, 0.35, 0.4, 0.5, 0.6)
SIZE = 416
FULL_FRAME = 0.85  # a cooler box that covers this share of the photo


def main(epochs: int | None = None) -> Path:
    """Trains three folds and returns the report's path."""
    root = require_data()
    photos, folds = field_photos(root), read_folds()
    held_out: list[Prediction] = []
    for fold in range(FOLDS):
        train = [photo for photo in photos if folds[photo.stem] != fold] + negatives(root, train=True)[::3]
        rest = [photo for photo in photos if folds[photo.stem] == fold]
        start = coco_weights()
        config = DetectorConfig(f"detector_fold{fold}", start, epochs or 16, image_size=SIZE, close_mosaic=6)
        best = train_detector(config, train, rest[:4])  # the last epoch is taken: nothing is chosen on the fold
        out = RUNS / config.name
        export_detector(best.with_name("last.pt"), "fold", {}, out)
        manifest = replace(load_manifest(out / "detector.json"), input_size=SIZE)
        held_out += predict(rest, Detector(OnnxRunner(out / "detector.onnx"), manifest))
    report = {"photos": len(held_out), "scores": [summary(held_out, score) for score in SCORES]}
    target = RUNS / "detector_folds.json"
    target.write_text(json.dumps(report, indent=1) + "\n")
    print(target.read_text())
    return target


def summary(photos: list[Prediction], score: float) -> dict[str, Any]:
    """Recall and precision of coolers at IoU 0.5; photos whose cooler fills the frame apart from the others."""
    groups = {"filling": [], "others": []}  # type: dict[str, list[Prediction]]
    for photo in photos:
        groups["filling" if _fills(photo) else "others"].append(photo)
    report: dict[str, Any] = {"score": score}
    for name, group in (*groups.items(), ("all", photos)):
        hits, found, true = np.sum([matches(photo, COOLER, score) for photo in group], axis=0)
        report[name] = {
            "coolers": int(true), "recall": hits / max(true, 1), "precision": hits / max(found, 1),
        }  # fmt: skip
    return report


def _fills(photo: Prediction) -> bool:
    boxes = photo.boxes[photo.labels == COOLER]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) / (photo.width * photo.height)
    return bool((areas >= FULL_FRAME).any())

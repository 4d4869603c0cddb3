"""Reads labelled photos with the shipped detector alone, beside their labels, for calibration and evaluation."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from rich.progress import track

from datasets.crops import read_image
from datasets.yolo import LabelledPhoto
from models.detector import Detector
from models.manifest import WEIGHTS, load_manifest
from models.network_runner import OnnxRunner
from training.evaluate import Prediction


def shipped_detector(weights: Path = WEIGHTS, network: str = "detector") -> Detector:
    """The detector of models/weights, or the `general` one. Raises ModelFileError."""
    return Detector(OnnxRunner(weights / f"{network}.onnx"), load_manifest(weights / f"{network}.json"))


def predict(photos: Sequence[LabelledPhoto], detector: Detector, title: str = "Reading photos") -> list[Prediction]:
    """What the detector finds on each photo, in pixels, with the photo's labels."""
    return list(_predicted(track(photos, title, transient=True), detector))


def _predicted(photos: Iterable[LabelledPhoto], detector: Detector) -> Iterable[Prediction]:
    for photo in photos:
        image = read_image(photo.path)
        size = np.tile([image.shape[1], image.shape[0]], 2)
        yield Prediction(
            photo.path.name, image.shape[1], image.shape[0], photo.boxes * size, photo.classes, detector.detect(image)
        )

"""Ultralytics' own prediction on the shipped detector's weights, for `shelfproof bench` only."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from datasets.field import CLASSES
from training.detector import start_model

# after training.detector, which takes ultralytics offline
from ultralytics import YOLO  # isort: skip
from ultralytics.utils import torch_utils  # isort: skip


def ultralytics_predict(weights: Path, threads: int) -> Callable[[Path], Any]:
    """A function from a photo's file to ultralytics' result, at 640 px, all scores, 1000 boxes."""
    model = start_model(weights, len(CLASSES))
    model.args = {"task": "detect", "imgsz": 640}
    model.names = dict(enumerate(CLASSES))
    handle, name = tempfile.mkstemp(suffix=".pt")
    os.close(handle)
    torch.save({"model": model, "train_args": {}}, name)
    yolo = YOLO(name)
    os.unlink(name)

    torch_utils.NUM_THREADS = threads  # it would leave one core idle

    def predict(file: Path) -> Any:
        return yolo.predict(str(file), imgsz=640, conf=0.001, max_det=1000, verbose=False, device="cpu")

    return predict

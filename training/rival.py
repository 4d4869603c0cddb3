"""Ultralytics' own prediction on the shipped detector's weights, for `shelfproof bench` and `bench/` only."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from models.detections import CLASSES
from training.detector import start_model

# after training.detector, which takes ultralytics offline
from ultralytics import YOLO  # isort: skip
from ultralytics.utils import torch_utils  # isort: skip


def save_checkpoint(weights: Path, file: Path) -> None:
    """The .safetensors `weights` as a checkpoint that ultralytics' `YOLO` opens."""
    model = start_model(weights, len(CLASSES))
    model.args = {"task": "detect", "imgsz": 640}
    model.names = dict(enumerate(CLASSES))
    torch.save({"model": model, "train_args": {}}, file)


def export_onnx(checkpoint: Path, side: int) -> Path:
    """Ultralytics' own export beside the checkpoint, for photos of any shape with a long side of `side` pixels."""
    return Path(YOLO(str(checkpoint)).export(format="onnx", dynamic=True, imgsz=side, verbose=False))


def ultralytics_predict(weights: Path, threads: int) -> Callable[[Path], Any]:
    """A function from a photo's file to ultralytics' result, at 640 px, all scores, 1000 boxes; one call at a time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "detector.pt"
        save_checkpoint(weights, file)
        yolo = YOLO(str(file))

    torch_utils.NUM_THREADS = threads  # it would leave one core idle

    def predict(file: Path) -> Any:
        torch.set_num_threads(threads)  # another one may have set it; it holds for the thread that calls
        return yolo.predict(str(file), imgsz=640, conf=0.001, max_det=1000, verbose=False, device="cpu")

    return predict

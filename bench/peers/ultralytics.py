"""Ultralytics' `YOLO(WEIGHTS).predict`: PyTorch for a .pt, onnxruntime for an .onnx; 640 pixels, at most 1000 boxes."""

from typing import Any

import cv2
import onnxruntime

from bench.peers.threads import limit_onnxruntime
from bench.protocol import Box, Predict, ToBoxes, serve
from training.ultralytics_offline import prepare

prepare()

import ultralytics  # noqa: E402
from ultralytics.utils import torch_utils  # noqa: E402


def load(weights: str, threads: int, score: float) -> tuple[str, Predict, ToBoxes]:
    cv2.setNumThreads(threads)
    torch_utils.NUM_THREADS = threads  # it would leave one core idle
    limit_onnxruntime(onnxruntime, threads)
    yolo = ultralytics.YOLO(weights, task="detect")

    def predict(file: str) -> Any:
        return yolo.predict(file, imgsz=640, conf=score, max_det=1000, verbose=False, device="cpu")

    def to_boxes(result: Any) -> list[Box]:
        rows: list[Box] = result[0].boxes.data.tolist()  # x1 y1 x2 y2 score label
        return rows

    return f"ultralytics {ultralytics.__version__}", predict, to_boxes


if __name__ == "__main__":
    serve(load)

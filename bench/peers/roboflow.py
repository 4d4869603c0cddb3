"""Roboflow's `inference_models`, the library that `inference` runs models with: WEIGHTS is a local model package.

Run by the interpreter of `.venv-roboflow`, which holds nothing of ours: only the standard library and its own here.
"""

import importlib.metadata
import os
from typing import Any

os.environ["OFFLINE_MODE"] = "True"  # read when it is imported: no key, no network

import cv2
import onnxruntime
import torch
from inference_models import AutoModel

from bench.peers.threads import limit_onnxruntime
from bench.protocol import Box, Predict, ToBoxes, serve


def load(package: str, threads: int, score: float) -> tuple[str, Predict, ToBoxes]:
    cv2.setNumThreads(threads)
    torch.set_num_threads(threads)
    limit_onnxruntime(onnxruntime, threads)
    model = AutoModel.from_pretrained(package, onnx_execution_providers=["CPUExecutionProvider"])

    def predict(file: str) -> Any:
        return model(cv2.imread(file), confidence=score, max_detections=1000)

    def to_boxes(result: Any) -> list[Box]:
        found = result[0]
        columns = (found.xyxy.tolist(), found.confidence.tolist(), found.class_id.tolist())
        return [[*box, confidence, label] for box, confidence, label in zip(*columns, strict=True)]

    return f"inference-models {importlib.metadata.version('inference-models')}", predict, to_boxes


if __name__ == "__main__":
    serve(load)

"""Ours, all of it: a photo's file to facts, SKUs included; more than the peers do, for scale. WEIGHTS: an engine."""

from pathlib import Path
from typing import Any

import cv2

from bench.protocol import Box, Predict, ToBoxes, serve
from models.load import load_networks
from pipeline.facts.make import FactContext
from pipeline.read import PhotoReading, read_photo


def load(engine: str, threads: int, score: float) -> tuple[str, Predict, ToBoxes]:
    cv2.setNumThreads(threads)
    networks = load_networks("demo", threads, engine=engine)
    context = FactContext(own=networks.gallery.own)

    def predict(file: str) -> PhotoReading:
        return read_photo(Path(file).read_bytes(), networks, context)

    def to_boxes(result: Any) -> list[Box]:
        found = result.detections.take(result.detections.scores >= score)
        rows = zip(found.boxes.tolist(), found.scores.tolist(), found.labels.tolist(), strict=True)
        return [[*box, score, label] for box, score, label in rows]

    return networks.engine, predict, to_boxes


if __name__ == "__main__":
    serve(load)

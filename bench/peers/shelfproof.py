"""Ours: a photo's file to boxes, decoding included, with the engine that serving picks. WEIGHTS is an engine's name."""

from pathlib import Path
from typing import Any

import cv2

from bench.protocol import Box, Predict, ToBoxes, serve
from models.detections import Detections
from models.load import load_networks
from pipeline.intake.decode import decode_photo
from pipeline.photo import DecodedPhoto


def load(engine: str, threads: int, score: float) -> tuple[str, Predict, ToBoxes]:
    cv2.setNumThreads(threads)
    networks = load_networks(threads=threads, engine=engine)

    def predict(file: str) -> tuple[DecodedPhoto, Detections]:
        photo = decode_photo(Path(file).read_bytes())
        return photo, networks.detector.detect(photo.image)

    def to_boxes(result: Any) -> list[Box]:
        photo, found = result
        whole = found.take(found.scores >= score).scaled(*photo.scale)
        rows = zip(whole.boxes.tolist(), whole.scores.tolist(), whole.labels.tolist(), strict=True)
        return [[*box, score, label] for box, score, label in rows]

    return networks.engine, predict, to_boxes


if __name__ == "__main__":
    serve(load)

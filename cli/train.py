"""`shelfproof train` and `shelfproof export`: the committed experiments, and ONNX files from their weights."""

import importlib
import json
import sys
from pathlib import Path

OK, FAILED, BAD_INPUT = 0, 1, 2


def train(name: str, epochs: int | None) -> int:
    """Runs an experiment of `training/configs`; returns the exit status."""
    try:
        from datasets.yolo import DatasetError
        from training.configs import NAMES

        if name not in NAMES:
            print(f"shelfproof: no experiment {name!r}: choose one of {', '.join(NAMES)}", file=sys.stderr)
            return BAD_INPUT
        experiment = importlib.import_module(f"training.configs.{name}")
    except ImportError as error:
        print(f"shelfproof: training needs {error.name}: run `make test` once, which installs it", file=sys.stderr)
        return FAILED
    try:
        print(experiment.main(epochs))
    except DatasetError as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return BAD_INPUT
    return OK


def export(checkpoint: Path, version: str, details: Path | None) -> int:
    """Writes models/weights/detector.onnx and its manifest; returns the exit status."""
    if not checkpoint.is_file():
        print(f"shelfproof: {checkpoint} is missing: `shelfproof train detector_mixed` makes one", file=sys.stderr)
        return BAD_INPUT
    try:
        from training.export import ExportError, export_detector
    except ImportError as error:
        print(f"shelfproof: export needs {error.name}: run `make test` once, which installs it", file=sys.stderr)
        return FAILED
    try:
        print(export_detector(checkpoint, version, json.loads(details.read_text()) if details else {}))
    except (ExportError, OSError, ValueError) as error:
        print(f"shelfproof: {error}", file=sys.stderr)
        return FAILED
    return OK

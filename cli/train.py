"""`shelfproof train` and `shelfproof export`: the committed experiments, and ONNX files from their weights."""

import importlib
import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from models.manifest import Manifest

OK, FAILED, BAD_INPUT = 0, 1, 2
DETAILS = ("data", "licence", "metrics", "preprocessing", "scores")  # what a manifest may be told


def train(name: str, epochs: int | None) -> int:
    """Runs an experiment of `training/configs`; returns the exit status."""
    try:
        from datasets.unused import told_once
        from datasets.yolo import DatasetError
        from training.configs import NAMES

        if name not in NAMES:
            return _told(f"no experiment {name!r}: choose one of {', '.join(NAMES)}", BAD_INPUT)
        experiment = importlib.import_module(f"training.configs.{name}")
    except ImportError as error:
        return _told(f"training needs {error.name}: run `make test` once, which installs it", FAILED)
    try:
        with told_once() as not_used:
            print(experiment.main(epochs))
    except DatasetError as error:
        return _told(str(error), BAD_INPUT)
    except FileNotFoundError as error:  # most start from what another experiment left
        first = f"training/configs/{name}.py says what has to run first"
        return _told(f"{error.filename or error} is missing: {first}", BAD_INPUT)
    return FAILED if not_used else OK


def export(checkpoint: Path, version: str, details: Path | None, network: str = "detector") -> int:
    """Writes models/weights/`network`.onnx and its manifest; returns the exit status."""
    if not os.path.isfile(checkpoint):
        return _told(f"{checkpoint} is missing: `shelfproof train detector_mixed` makes one", BAD_INPUT)
    try:
        from safetensors import SafetensorError

        from models.detections import CLASSES
        from training.detector import start_model
        from training.export import ExportError, export_detector
    except ImportError as error:
        return _told(f"export needs {error.name}: run `make test` once, which installs it", FAILED)
    # what torch, pickle and safetensors raise on a file that is something else; asked before anything is written
    unreadable = (
        pickle.UnpicklingError, SafetensorError, AttributeError, EOFError, ImportError, LookupError, OSError,
        RuntimeError, TypeError, ValueError,
    )  # fmt: skip
    try:
        start_model(checkpoint, len(CLASSES), whole=True)
    except unreadable as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return _told(f"{checkpoint} holds no detector ({reason}): give a .pt or .safetensors of a run", BAD_INPUT)
    try:
        told = _read_details(details)
    except (OSError, TypeError, ValueError) as error:
        return _told(f"{details} cannot be used as --details: {error}", BAD_INPUT)
    try:
        print(export_detector(checkpoint, version, told, network=network))
    except (ExportError, OSError, ValueError) as error:
        return _told(str(error), FAILED)
    return OK


def _read_details(file: Path | None) -> dict[str, Any]:
    """What the manifest is told beside the version. Raises OSError, TypeError, ValueError."""
    told = json.loads(file.read_text(encoding="utf-8")) if file else {}
    if not isinstance(told, dict) or not told.keys() <= set(DETAILS):
        raise ValueError(f"expected one JSON object with nothing but {', '.join(DETAILS)}")
    Manifest("detector", "", "", 1, scores=tuple(tuple(points) for points in told.get("scores", ())))  # is it a scale?
    return told


def _told(message: str, status: int) -> int:
    print(f"shelfproof: {message}", file=sys.stderr)
    return status

"""What is known about a network file: `<name>.json` beside `<name>.onnx`.

Errors:
    ModelFileError
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).with_name("weights")


class ModelFileError(RuntimeError):
    """A network's file is missing or is not the one its manifest describes; the message says what to do."""


@dataclass(frozen=True)
class Manifest:
    """Facts about one network file.

    sha256: hex digest of the .onnx file.
    input_size: pixels; the long side for the detector, the height for the embedder.
    input_width: pixels of the embedder's input; 0 where it equals the height.
    preprocessing: `{"mean": [r, g, b], "std": [r, g, b]}` on values in 0..1; absent means 0 and 1.
    scores: (as the network gives them, what they stand for), both rising from 0 to 1, with straight lines between: puts
    the general detector's scores on the scale of the detector's. Absent: as they are.
    data, metrics, licence: for the reader and the model card; nothing is decided by them.
    """

    name: str
    version: str
    sha256: str
    input_size: int
    classes: tuple[str, ...] = ()
    preprocessing: dict[str, list[float]] = field(default_factory=dict)
    scores: tuple[tuple[float, ...], ...] = ()
    data: tuple[str, ...] = ()
    metrics: dict[str, Any] = field(default_factory=dict)
    licence: str = "AGPL-3.0-or-later"
    input_width: int = 0

    def __post_init__(self) -> None:
        if self.scores and not _is_scale(self.scores):
            raise ValueError(f"scores must be two rows of as many numbers, rising from 0 to 1, not {self.scores}")

    @property
    def mean(self) -> tuple[float, ...]:
        return tuple(self.preprocessing.get("mean", (0.0, 0.0, 0.0)))

    @property
    def std(self) -> tuple[float, ...]:
        return tuple(self.preprocessing.get("std", (1.0, 1.0, 1.0)))


def _is_scale(rows: tuple[tuple[float, ...], ...]) -> bool:
    if len(rows) != 2 or len(rows[0]) != len(rows[1]) or len(rows[0]) < 2:
        return False
    return all(
        all(isinstance(value, int | float) for value in row)
        and (row[0], row[-1]) == (0, 1)
        and all(low < high for low, high in pairwise(row))
        for row in rows
    )


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def load_manifest(path: Path) -> Manifest:
    """Reads `<name>.json` and checks the .onnx beside it against the sha256. Raises ModelFileError."""
    network = path.with_suffix(".onnx")
    for file in (path, network):
        if not file.is_file():
            raise ModelFileError(f"{file.name} is missing in {file.parent}: restore it with `git checkout`")
    try:
        raw = json.loads(path.read_text())
        raw.update({key: tuple(raw[key]) for key in ("classes", "data") if key in raw})
        raw.update(scores=tuple(tuple(points) for points in raw.get("scores", ())))
        manifest = Manifest(**raw)
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path.name} is not a manifest ({error}): restore it with `git checkout`") from error
    if file_sha256(network) != manifest.sha256:
        raise ModelFileError(
            f"{network.name} is not the file that {path.name} describes (sha256 differs): "
            "restore both with `git checkout`, or write the manifest again with `shelfproof export`"
        )
    return manifest


def write_manifest(manifest: Manifest, folder: Path = WEIGHTS) -> Path:
    """Writes `<manifest.name>.json` into `folder`."""
    path = folder / f"{manifest.name}.json"
    path.write_text(json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n")
    return path

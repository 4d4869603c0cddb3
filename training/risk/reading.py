"""What the networks say of each display, read once with the code that serves, and kept in runs/risk.

Kept by the versions of the networks and by the code and the thresholds that decide how a photo is looked at: what is
computed from boxes and embeddings afterwards can change without reading again. An interrupted reading goes on where it
was.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from models.detections import Detections, Image
from models.detector import COUNTABLE_SCORE
from models.embedder import Embedder
from models.engines import AUTO, NETWORKS, open_runners
from models.gallery import Gallery
from models.load import assemble, load_manifests
from models.manifest import WEIGHTS, Manifest, file_sha256
from models.network_runner import FloatArray, NetworkRunner
from models.stopwatch import Stopwatch
from pipeline import thresholds
from pipeline.facts.make import FactContext
from pipeline.facts.seen import Doubts
from pipeline.flags import flag
from pipeline.read import read_photo
from training.risk.displays import Display
from training.ultralytics_offline import RUNS

FLOOR = COUNTABLE_SCORE  # the least score of a front that any setting may count
# what decides how a photo is looked at and flagged: code, thresholds, and thresholds of these prefixes
_CODE = [
    *(f"models/{name}.py" for name in ("detector", "embedder")),
    *(f"pipeline/intake/{name}.py" for name in ("decode", "grey")),
    *(f"pipeline/seeing/{name}.py" for name in ("detect", "doubts", "fronts", "out_of_distribution", "quality")),
]
_LOOK = ("SCENE_FRONTS_MIN", "SCORE_SURE", "SCORE_BEST", "SCORE_MAYBE", "SCORE_TRACE", "COOLER_BEST")
_LOOK_PREFIXES = (
    "DECODED",
    "CLOSER",
    "FARTHER",
    "FRONT",
    "TRACES",
    "LONG",
    "SHARPNESS",
    "DARK",
    "BRIGHT",
    "CUT",
    "ROLL",
    "BLOWN",
    "GLARE",
    "HIDING",
    "STRONG",
    "OOD",
    "WEAK",
)


@dataclass(frozen=True)
class Seen:
    """detections: in pixels of the photo. embeddings: float32 (n, d) of its fronts from FLOOR. flags: as they serve.

    doubts: those of the counting that ships, but for boxes from FLOOR.
    """

    detections: Detections
    embeddings: FloatArray
    flags: tuple[dict[str, Any], ...]
    doubts: Doubts


class _Recorder(Embedder):
    """An embedder that keeps its last answer."""

    def __init__(self, runner: NetworkRunner, manifest: Manifest) -> None:
        super().__init__(runner, manifest)
        self.last: FloatArray | None = None

    def embed(self, crops: Sequence[Image], stopwatch: Stopwatch | None = None) -> FloatArray:
        self.last = super().embed(crops, stopwatch)
        return self.last


class Reader:
    """Reads displays with the weights of models/weights on the engine that would serve here, one thread."""

    def __init__(self) -> None:
        opened = open_runners(WEIGHTS, 1, AUTO)
        _, general, embedder = manifests = load_manifests(WEIGHTS)
        self._recorder = _Recorder(opened.embedder, embedder)
        gallery = Gallery.load(WEIGHTS / "gallery-pepsico_vn.npz")  # its names are not kept, only embeddings
        self._networks = replace(assemble(opened, manifests, gallery), embedder=self._recorder)
        named = zip(NETWORKS, manifests, strict=True)
        self.versions = {name: f"{each.version} ({each.sha256[:8]})" for name, each in named}
        self.versions["engine"] = opened.engine
        self.versions["general"] += f", scores {general.scores}"
        code = [file_sha256(Path(thresholds.__file__).parents[1] / file) for file in _CODE]
        look = {
            name: value
            for name, value in sorted(vars(thresholds).items())
            if name in _LOOK or name.startswith(_LOOK_PREFIXES)
        }
        self._folder = RUNS / "risk" / hashlib.sha256(repr((self.versions, code, look)).encode()).hexdigest()[:16]

    def missing(self, displays: Sequence[Display]) -> list[Display]:
        """Those that have not been read yet."""
        return [display for display in displays if not self._file(display).is_file()]

    def read(self, displays: Sequence[Display]) -> None:
        """Reads those that are missing, one after another. Raises pipeline.intake.photo_error.PhotoError."""
        for display in track(self.missing(displays), "Reading displays", console=Console(stderr=True)):
            self._keep(display, self._look(display))

    def seen(self, display: Display) -> Seen:
        """What was read of a display; FileNotFoundError where it was not."""
        with np.load(self._file(display), allow_pickle=False) as kept:
            detections = Detections(kept["boxes"], kept["scores"], kept["labels"], bool(kept["complete"]))
            flags = tuple(flag(code) for code in kept["flags"].tolist())
            vectors = kept["embeddings"].astype(np.float32)
            doubts = Doubts(tuple(kept["cut"].tolist()), kept["glared"], int(kept["hidden"]), bool(kept["top_unseen"]))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return Seen(detections, np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32), flags, doubts)

    def _look(self, display: Display) -> Seen:
        self._recorder.last = None
        counting = replace(thresholds.COUNTING, maybe=FLOOR)
        reading = read_photo(display.data(), self._networks, FactContext(frozenset()), counting)
        found = reading.detections
        vectors = self._recorder.last if self._recorder.last is not None else np.zeros((0, 1), np.float32)
        kept = found.scores >= FLOOR
        doubts = replace(reading.doubts, glared=reading.doubts.glared[kept])
        return Seen(found.take(kept), vectors, reading.flags, doubts)

    def _keep(self, display: Display, seen: Seen) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"part-{display.name}.npz"
        np.savez(
            part,
            boxes=seen.detections.boxes,
            scores=seen.detections.scores,
            labels=seen.detections.labels,
            complete=np.array(seen.detections.complete),
            flags=np.array([each["code"] for each in seen.flags], dtype=np.str_),
            cut=np.array(seen.doubts.cut, dtype=np.str_),
            glared=seen.doubts.glared,
            hidden=np.array(seen.doubts.hidden),
            top_unseen=np.array(seen.doubts.top_unseen),
            embeddings=seen.embeddings.astype(np.float16),  # moves a cosine by less than 0.001
        )
        part.rename(self._file(display))

    def _file(self, display: Display) -> Path:
        return self._folder / f"{display.name}.npz"

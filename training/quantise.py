"""INT8 networks, static and per channel, calibrated on train photos; and what each precision costs and gains.

Command: `python -m training.quantise`. It prints speed and accuracy of fp32, bf16 and int8 on each engine of this
machine. The INT8 networks stay in `runs/int8`, a folder for `--models`, only if they pass the gate on onnxruntime.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from rich.console import Console
from rich.table import Table

from datasets.crops import Image, field_crops, read_image
from datasets.field import field_photos, of_split
from datasets.splits import require_data
from models.detector import Detector
from models.embedder import Embedder
from models.engines import ENGINES, ONNXRUNTIME, open_untested
from models.gallery import Gallery
from models.load import assemble, load_manifests
from models.manifest import WEIGHTS, file_sha256, load_manifest, write_manifest
from models.network_runner import FloatArray
from training.gate import Accuracy, GateError, Trial, accuracy, check, field_trial

OUT = Path("runs/int8")
PHOTOS, CROPS, SEED = 48, 480, 0
HEAD = "/net/model.23/"  # the detector's head: what follows its convolutions decodes boxes to a fraction of a pixel
FRONTS = 60  # crops a photo, for the embedder's milliseconds
ROUNDS = 8


@dataclass
class _Kept(CalibrationDataReader):  # type: ignore[misc]
    """Stands in for a runner while serving's own code prepares the batches, then hands them to the calibration."""

    batches: list[FloatArray] = field(default_factory=list)
    name: str = ""

    def run(self, batch: FloatArray) -> list[FloatArray]:
        self.batches.append(batch)
        return [np.zeros((len(batch), 6, 1), np.float32)]

    def get_next(self) -> dict[str, FloatArray] | None:
        return {self.name: self.batches.pop()} if self.batches else None


def detector_batches(images: Sequence[Image], weights: Path) -> _Kept:
    """Network inputs of the photos, every second one squeezed to 3:4, as phones' photos are."""
    kept = _Kept()
    detector = Detector(kept, load_manifest(weights / "detector.json"))
    for number, image in enumerate(images):
        width = image.shape[1]
        narrow = np.ascontiguousarray(image[:, np.arange(0, width, 4 / 3).astype(int)]) if number % 2 else image
        detector.detect(narrow)
    return kept


def embedder_batches(crops: Sequence[Image], weights: Path) -> _Kept:
    """Network inputs of the crops."""
    kept = _Kept()
    Embedder(kept, load_manifest(weights / "embedder.json")).embed(crops)
    return kept


def quantise(file: Path, batches: _Kept, out: Path) -> Path:
    """Writes the INT8 form of network `file`, calibrated on `batches`, and its manifest into folder `out`.

    Only convolutions are computed in INT8, all but those of the detector's decoding.
    """
    prepared, target = out / f"{file.stem}.prepared.onnx", out / file.name
    quant_pre_process(str(file), str(prepared), skip_symbolic_shape=True)
    graph = onnx.load(prepared).graph
    batches.name = graph.input[0].name
    decoding = [node.name for node in graph.node if node.name.startswith(HEAD) and "/cv" not in node.name]
    quantize_static(
        str(prepared), str(target), batches, quant_format=QuantFormat.QDQ, op_types_to_quantize=["Conv"],
        per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=decoding,
    )  # fmt: skip
    prepared.unlink()
    manifest = load_manifest(file.with_suffix(".json"))
    write_manifest(replace(manifest, version=f"{manifest.version}-int8", sha256=file_sha256(target)), out)
    return target


def make(root: Path, weights: Path = WEIGHTS, out: Path = OUT) -> None:
    """Detector and embedder of folder `weights` in INT8 into folder `out`, with the general detector as it is and the
    galleries; train photos alone are seen.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    photos = of_split(field_photos(root), "train")
    images = [read_image(photos[index].path) for index in rng.permutation(len(photos))[:PHOTOS]]
    crops, _, _ = field_crops(root, ["train"], margin=0.0)
    chosen = [crops[index] for index in rng.permutation(len(crops))[:CROPS]]
    quantise(weights / "detector.onnx", detector_batches(images, weights), out)
    quantise(weights / "embedder.onnx", embedder_batches(chosen, weights), out)
    for file in (*weights.glob("gallery-*.npz"), *weights.glob("general.*")):
        shutil.copy(file, out)


def candidates(weights: Path, int8: Path) -> Iterator[tuple[str, str, Path]]:
    """(precision, engine, folder) of all that this machine can run, onnxruntime in fp32 first."""
    yield "fp32", ONNXRUNTIME, weights
    for engine, description in ENGINES.items():
        if engine != ONNXRUNTIME and description.missing() is None:
            yield "bf16" if engine.endswith("bf16") else "fp32", engine, weights
    yield "int8", ONNXRUNTIME, int8
    if ENGINES["openvino"].missing() is None:
        yield "int8", "openvino", int8


def speed(folders: Sequence[tuple[str, str, Path]], threads: int, image: Image) -> list[tuple[float, float]]:
    """(detector, embedder for 60 crops) in ms for each candidate: bare networks, best of interleaved rounds."""
    photo, crops = detector_batches([image], WEIGHTS).batches, embedder_batches([image] * FRONTS, WEIGHTS).batches
    calls: list[Callable[[], Any]] = []
    for _, engine, folder in folders:
        for name, batches in (("detector", photo), ("embedder", crops)):
            runner = ENGINES[engine].open(folder / f"{name}.onnx", threads)
            calls.append(lambda runner=runner, batches=batches: [runner.run(batch) for batch in batches])  # type: ignore[misc]
    best = np.full(len(calls), np.inf)
    for _ in range(ROUNDS):
        for number, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[number] = min(best[number], (time.perf_counter() - start) * 1000)
    return [(float(best[number]), float(best[number + 1])) for number in range(0, len(calls), 2)]


def compare(trial: Trial, weights: Path, int8: Path) -> list[dict[str, Any]]:
    """A row per candidate: `precision`, `engine`, `ms_1`, `ms_2`, `accuracy`, `refused` (by the gate, why; or None)."""
    folders = list(candidates(weights, int8))
    image = np.ascontiguousarray(np.resize(read_image(trial.photos[0].path), (640, 480, 3)))
    times = {threads: speed(folders, threads, image) for threads in (1, 2)}
    rows: list[dict[str, Any]] = []
    for number, (precision, engine, folder) in enumerate(folders):
        gallery = Gallery.load(folder / "gallery-pepsico_vn.npz")
        # without the engines' self-test, which would refuse what is to be measured here
        measured = accuracy(assemble(open_untested(folder, 2, engine), load_manifests(folder), gallery), trial)
        refused = None
        try:
            check(f"{precision} on {engine}", measured, rows[0]["accuracy"] if rows else measured)
        except GateError as error:
            refused = str(error)
        rows.append(
            {"precision": precision, "engine": engine, "ms_1": times[1][number], "ms_2": times[2][number],
             "accuracy": measured, "refused": refused}
        )  # fmt: skip
    return rows


def table(rows: Sequence[dict[str, Any]]) -> Table:
    """The comparison as people read it."""
    shown = Table()
    for title in ("precision", "engine", "ms 1 thread", "ms 2 threads", "mAP50-95", "fronts", "top-1",
                  "low best high change", "inside", "gate"):  # fmt: skip
        shown.add_column(title, justify="left" if title in ("precision", "engine", "gate") else "right")
    for row in rows:
        found: Accuracy = row["accuracy"]
        change = found.count_change(rows[0]["accuracy"])
        times = (" + ".join(f"{value:.1f}" for value in row[key]) for key in ("ms_1", "ms_2"))
        shown.add_row(
            row["precision"], row["engine"], *times,
            f"{found.map50_95:.4f}", f"{found.product_map50_95:.4f}", f"{found.top1:.4f}",
            " ".join(f"{value:.2f}" for value in change.values()), f"{found.inside:.2f}",
            "refused" if row["refused"] else "passes",
        )  # fmt: skip
    return shown


def main() -> int:
    """0 where the INT8 networks are kept, 1 where the gate refused them."""
    root = require_data()
    make(root)
    rows = compare(field_trial(root), WEIGHTS, OUT)
    Console(width=150).print(table(rows))
    for row in rows:
        if row["refused"]:
            print(row["refused"])
    if next(row for row in rows if row["precision"] == "int8")["refused"]:
        shutil.rmtree(OUT)
        return 1
    sizes = (f"{file.name} {file.stat().st_size / 1e6:.1f} MB" for file in sorted(OUT.glob("*.onnx")))
    print(f"{OUT}: {', '.join(sizes)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

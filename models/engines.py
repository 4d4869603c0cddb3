"""What runs the networks: engines by name, the self-test that one passes before it is trusted, and which is fastest.

Errors:
    EngineError
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from models import openvino_runner
from models.detections import Image
from models.detector import letterbox
from models.embedder import Embedder
from models.manifest import WEIGHTS, Manifest, ModelFileError, load_manifest
from models.network_runner import CUDA, FloatArray, NetworkRunner, OnnxRunner
from models.openvino_runner import OpenvinoRunner

AUTO, ONNXRUNTIME = "auto", "onnxruntime"
PROBE = WEIGHTS / "probe.jpg"  # a rendered display: `python -m training.probe`
PATCHES = 4  # the probe is cut into 4 × 4 crops for the embedder
NETWORKS = ("detector", "general", "embedder")
COUNTED = 0.25  # boxes are compared where the reference scores at least this
ROUNDS = 5  # best of these, interleaved, when two engines are timed
FASTER = 0.9  # of an exact engine's time, at most, that a less exact one takes: else it is not worth its rounding


class EngineError(ModelFileError):
    """The engine that was chosen cannot run here, or answers otherwise than onnxruntime; one line with the mend."""


@dataclass(frozen=True)
class Tolerance:
    """Largest difference to onnxruntime on the probe: score in 0..1, box (mean) in network pixels, 1 - cosine.

    Seen with detector 3 and embedder 3: fp32 0.000003, 0.000005 px and 1e-7; bf16 0.03, 0.07 px and 0.013. What
    they must catch is an engine that computes something else: OpenVINO 2026.4 on an INT8 file 0.9 and 10 px.
    """

    score: float
    box: float
    cosine: float


@dataclass(frozen=True)
class Engine:
    """open: (network file, threads of one run or None) → session. missing: why it cannot run here, or None.
    version: of its library. exact: the more exact engine that `auto` takes unless this one is clearly faster here.
    """

    open: Callable[[Path, int | None], NetworkRunner]
    missing: Callable[[], str | None]
    tolerance: Tolerance
    version: Callable[[], str]
    exact: str | None = None


@dataclass(frozen=True)
class Opened:
    """Runners on an engine; one that `open_runners` took passed its self-test. passed_over: why better ones could not
    be taken, one line each. slower: the same of one that could, and gains nothing here.
    """

    detector: NetworkRunner
    general: NetworkRunner
    embedder: NetworkRunner
    engine: str
    passed_over: tuple[str, ...] = ()
    slower: tuple[str, ...] = ()


def _no_openvino() -> str | None:
    return None if openvino_runner.is_installed() else "openvino is not installed: `pip install openvino`"


def _no_bf16() -> str | None:
    return _no_openvino() or (None if openvino_runner.has_bf16() else "this CPU does not compute in bf16")


def _no_cuda() -> str | None:
    import onnxruntime

    if CUDA in onnxruntime.get_available_providers():
        return None
    return "this onnxruntime cannot use a GPU: install onnxruntime-gpu in its place"


def _onnxruntime_version() -> str:
    import onnxruntime

    return str(onnxruntime.__version__)


EXACT, HALF = Tolerance(0.002, 0.01, 1e-4), Tolerance(0.2, 3.0, 0.05)
ON_A_GPU = Tolerance(0.02, 0.1, 1e-3)
ENGINES: dict[str, Engine] = {  # auto takes the first that is there, passes, and beats its exact one by FASTER
    "cuda": Engine(partial(OnnxRunner, provider=CUDA), _no_cuda, ON_A_GPU, _onnxruntime_version),
    # twice as fast with AMX and on Zen 4; on an Intel CPU with AVX512-BF16 and without AMX slower than fp32
    "openvino-bf16": Engine(
        partial(OpenvinoRunner, precision="bf16"), _no_bf16, HALF, openvino_runner.version, exact="openvino"
    ),
    "openvino": Engine(OpenvinoRunner, _no_openvino, EXACT, openvino_runner.version),
    ONNXRUNTIME: Engine(OnnxRunner, lambda: None, EXACT, _onnxruntime_version),
}
NAMES = (AUTO, *ENGINES)


def open_runners(weights: Path, threads: int | None, choice: str) -> Opened:
    """The networks of folder `weights` on engine `choice`, one of NAMES, tested on the probe photo.

    From then on numpy multiplies matrices in one thread in this process. Raises ModelFileError, EngineError.
    """
    if choice not in NAMES:
        raise EngineError(f"no engine {choice!r}: choose one of {', '.join(NAMES)}")
    # numpy's own threads spin for a while after each product of matrices, on the cores that the next run needs: the
    # detector then takes 20 ms instead of 12 on two cores
    threadpool_limits(1, "blas")
    open_one = cache(partial(open_untested, weights, threads))  # the reference of several self-tests is opened once
    if choice != AUTO:
        return _tested(weights, choice, open_one)
    passed_over: list[str] = []
    for name in ENGINES:
        try:
            if _missing(name) is not None:
                continue
            opened = _faster(_tested(weights, name, open_one), weights, open_one, passed_over)
            return replace(opened, passed_over=tuple(passed_over))
        except EngineError as error:
            passed_over.append(str(error))
    raise EngineError("; ".join(passed_over))


def _faster(opened: Opened, weights: Path, open_one: Callable[[str], Opened], passed_over: list[str]) -> Opened:
    """`opened`, or its exact engine where `opened` is not clearly faster than that here."""
    if (name := ENGINES[opened.engine].exact) is None:
        return opened
    try:
        exact = _tested(weights, name, open_one)
    except EngineError as error:
        passed_over.append(str(error))
        return opened
    own, other = probe_times([opened, exact], weights)
    if own <= FASTER * other:
        return opened
    told = f"engine {opened.engine} takes {own:.0f} ms for the probe photo here, {name} {other:.0f}"
    return replace(exact, slower=(told,))


def probe_times(rivals: Sequence[Opened], weights: Path) -> list[float]:
    """Milliseconds of detector and embedder on the probe photo, per rival, best of interleaved rounds."""
    batch, _, crops, embedder = _probe(weights)
    best = [float("inf")] * len(rivals)
    for _ in range(ROUNDS):
        for index, rival in enumerate(rivals):
            start = time.perf_counter()
            rival.detector.run(batch)
            Embedder(rival.embedder, embedder).embed(crops)
            best[index] = min(best[index], (time.perf_counter() - start) * 1000)
    return best


def _missing(name: str) -> str | None:
    """Why the engine is not there, or None. Raises EngineError where its library is installed and does not load."""
    try:
        return ENGINES[name].missing()
    except (ImportError, OSError) as error:
        raise EngineError(f"engine {name} cannot be loaded ({_first_line(error)}): choose another") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _tested(weights: Path, name: str, open_one: Callable[[str], Opened]) -> Opened:
    engine = ENGINES[name]
    if (reason := _missing(name)) is not None:
        raise EngineError(f"engine {name} cannot be used: {reason}, or choose another")
    try:
        opened = open_one(name)
        if name != ONNXRUNTIME:
            _compare(opened, open_one(ONNXRUNTIME), weights, engine.tolerance)
    except ModelFileError:
        raise
    except Exception as error:  # each engine raises its own kinds, some of no common base
        raise EngineError(f"engine {name} cannot run the networks ({_first_line(error)}): choose another") from error
    return opened


def open_untested(weights: Path, threads: int | None, name: str) -> Opened:
    """The networks of folder `weights` on engine `name`, not compared with anything. Raises EngineError."""
    detector, general, embedder = (ENGINES[name].open(weights / f"{network}.onnx", threads) for network in NETWORKS)
    for runner in (detector, general, embedder):
        if name == "cuda" and isinstance(runner, OnnxRunner) and runner.provider != CUDA:
            raise EngineError("engine cuda cannot be used: no usable GPU or driver, or choose another")
    return Opened(detector, general, embedder, name)


def _compare(opened: Opened, reference: Opened, weights: Path, tolerance: Tolerance) -> None:
    """Raises EngineError where an answer on the probe differs by more than `tolerance`."""
    for what, difference in differences(opened, reference, weights).items():
        if not difference <= getattr(tolerance, what):  # also where it is not a number
            raise EngineError(
                f"engine {opened.engine} answers otherwise than onnxruntime on the probe photo "
                f"({what} differs by {difference:.2g}, at most {getattr(tolerance, what):g}): choose another"
            )


def differences(opened: Opened, reference: Opened, weights: Path) -> dict[str, float]:
    """Largest differences on the probe photo, by the names of Tolerance."""
    batch, larger, crops, embedder = _probe(weights)
    heads = [(batch, opened.detector, reference.detector), (larger, opened.general, reference.general)]
    score, box = np.max(
        [_head_differences(*(runner.run(photo)[0][0] for runner in pair)) for photo, *pair in heads], axis=0
    )
    vectors, wanted = (Embedder(each.embedder, embedder).embed(crops) for each in (opened, reference))
    return {
        "score": float(score),
        "box": float(box),
        "cosine": float((1 - (vectors * wanted).sum(axis=1)).max()),
    }


def _head_differences(found: FloatArray, expected: FloatArray) -> tuple[float, float]:
    """Of two raw heads: the largest difference of a score, the mean one of the boxes that count."""
    counted = expected[4:].max(axis=0) >= COUNTED
    box = float(np.abs(found[:4, counted] - expected[:4, counted]).mean()) if counted.any() else 0.0
    return float(np.abs(found[4:] - expected[4:]).max()), box


def _probe(weights: Path) -> tuple[FloatArray, FloatArray, list[Image], Manifest]:
    """The probe photo as the detector's and the general one's input, crops of it, and the embedder's manifest."""
    detector, general, embedder = (load_manifest(weights / f"{network}.json") for network in NETWORKS)
    image = cv2.imread(str(PROBE))
    if image is None:
        raise ModelFileError(f"{PROBE.name} is missing in {PROBE.parent}: restore it with `git checkout`")
    probe = np.asarray(image, np.uint8)
    crops = [
        np.ascontiguousarray(crop)
        for band in np.array_split(probe, PATCHES)
        for crop in np.array_split(band, PATCHES, axis=1)
    ]
    larger = letterbox(probe, general.input_size)[0]
    return letterbox(probe, detector.input_size)[0], larger, crops, embedder

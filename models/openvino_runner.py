"""OpenVINO on the CPU, kept silent: importing the package reports itself to an analytics host unless its telemetry
part cannot be imported.
"""

import importlib.util
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from models.network_runner import FloatArray

STREAMS_MAX = 4  # runs at once; a process reads no more photos at a time (cli.serve)
# OpenVINO keeps memory for each shape that it has seen: 370 MB for the embedder's 64 batch sizes, 190 MB for these 18,
# at 4 % more processor time. Multiples of 8 save 50 MB more and cost 8 %, powers of two 29 %.
ROWS_MULTIPLE = 4
PRECISIONS = {"fp32": "f32", "bf16": "bf16"}


class OpenvinoRunner:
    """A network with dynamic shapes: a shape not seen before costs 30 ms once, a network per shape 0.3 s and memory.
    Each row of an output belongs to the row of the batch, which is padded to a few sizes.

    precision: fp32, or bf16, which halves the time on many CPUs that have it. OpenVINO left alone would
    choose by itself. threads: of one run; None for one per core.
    """

    def __init__(self, path: Path, threads: int | None = None, precision: str = "fp32") -> None:
        cores = os.cpu_count() or 1
        of_one = min(threads or cores, cores)
        streams = min(STREAMS_MAX, cores // of_one)  # runs at once beyond these would wait for each other
        self._network: Any = _core().compile_model(
            str(path),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
                "INFERENCE_NUM_THREADS": of_one * streams,
                "NUM_STREAMS": streams,
                "ENABLE_CPU_PINNING": False,  # a service and its worker would be pinned to the same core
            },
        )
        self._idle: list[Any] = []  # a request runs one batch at a time; taking and giving back are atomic

    def run(self, batch: FloatArray) -> list[FloatArray]:
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._network.create_infer_request()
        # Always shared: a request that has seen a copied input refuses a larger one after a shared one.
        outputs = request.infer({0: padded(batch)}, share_inputs=True)
        answer = [np.asarray(output[: len(batch)], np.float32) for output in outputs.values()]
        self._idle.append(request)
        return answer


def padded(batch: FloatArray) -> FloatArray:
    """The batch (n, …), contiguous, with rows of zeros up to a multiple of ROWS_MULTIPLE; as it is for n ≤ 2."""
    missing = 0 if len(batch) <= 2 else -len(batch) % ROWS_MULTIPLE
    if missing == 0:
        return np.ascontiguousarray(batch)
    return np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), np.float32)])


def is_installed() -> bool:
    return importlib.util.find_spec("openvino") is not None


def version() -> str:
    return str(_core().get_versions("CPU")["CPU"].build_number).split("-")[0]


def has_bf16() -> bool:
    """Whether this CPU computes in bf16; elsewhere OpenVINO would answer in fp32 under that name."""
    return "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@lru_cache(maxsize=1)
def _core() -> Any:
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: its import fails, a stub steps in
    import openvino  # 0.2 s: only where a network is really run

    return openvino.Core()

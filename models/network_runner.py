"""How a network is run: a narrow protocol, its onnxruntime form, and a fake that needs no weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


def planes(images: npt.NDArray[np.uint8], factors: float | FloatArray = 1 / 255) -> FloatArray:
    """Network input float32 (n, 3, h, w), RGB, of BGR uint8 images (n, h, w, 3), times a factor or three.

    Half the time of one multiplication of the transposed array, a seventh of that of OpenCV's blobFromImages.
    """
    count, height, width, _ = images.shape
    batch = np.empty((count, 3, height, width), np.float32)
    split = cv2.split(images.reshape(count * height, width, 3))[::-1]
    for channel, (plane, factor) in enumerate(zip(split, np.broadcast_to(np.float32(factors), 3), strict=True)):
        np.multiply(plane.reshape(count, height, width), factor, out=batch[:, channel])
    return batch


class NetworkRunner(Protocol):
    """A network with one float32 input. `run` may be called from several threads at once."""

    def run(self, batch: FloatArray) -> list[FloatArray]: ...


class OnnxRunner:
    """onnxruntime.

    threads: of one run; None leaves the choice to onnxruntime (one per core). provider: where it runs, CPU or CUDA;
    `provider` tells where it does run, since onnxruntime falls back to the CPU by itself.
    """

    def __init__(self, path: Path, threads: int | None = None, provider: str = CPU) -> None:
        import onnxruntime  # 0.2 s: only where a network is really run

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.inter_op_num_threads = 1
        # spinning threads steal the cores from decoding and from the other runners (22 → 13 photos a second)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        providers = [provider, CPU] if provider != CPU else [CPU]
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self.provider: str = self._session.get_providers()[0]
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: FloatArray) -> list[FloatArray]:
        return list(self._session.run(None, {self._input: batch}))


class FakeRunner:
    """Answers with `function(batch)`; remembers the shapes of the batches it was given."""

    def __init__(self, function: Callable[[FloatArray], FloatArray]) -> None:
        self._function = function
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch: FloatArray) -> list[FloatArray]:
        self.shapes.append(batch.shape)
        return [self._function(batch)]

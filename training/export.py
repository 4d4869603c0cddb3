"""Exports trained networks to ONNX, checks that the export computes what torch computes, and writes the manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.detections import CLASSES
from models.manifest import WEIGHTS, Manifest, file_sha256, write_manifest
from training.detector import start_model
from training.embedder import HEIGHT, WIDTH, EmbedderNet

TRAINED = Path(__file__).with_name("weights")
# Pixels of the long side. The general detector found more of shelves that it never saw at 800 than at 640 and 960:
# average precision 0.746, 0.725, 0.734, of an earlier recipe (training/LOG.md).
INPUT_SIZES = {"detector": 640, "general": 800}
OPSET = 18
PARITY_MAX = 2e-3  # largest absolute difference to torch, in pixels / 100 for boxes and in score


class ExportError(RuntimeError):
    """The exported network differs from the trained one; the message gives the largest difference."""


class RawDetector(nn.Module):
    """The detector's head as it is: (n, 4 + classes, anchors), cx cy w h in pixels and scores in 0..1."""

    def __init__(self, checkpoint: Path, classes: int = len(CLASSES)) -> None:
        super().__init__()
        self.net = start_model(checkpoint, classes, whole=True).eval().fuse(verbose=False)
        head = self.net.model[-1]
        head.export, head.format, head.dynamic = True, "onnx", True

    def forward(self, images: Tensor) -> Tensor:
        output = self.net(images)
        result: Tensor = output[0] if isinstance(output, tuple | list) else output
        return result


def export_detector(
    checkpoint: Path, version: str, details: Mapping[str, Any], out: Path = WEIGHTS, network: str = "detector"
) -> Path:
    """Writes `<network>.onnx` and `<network>.json`. Raises ExportError when the parity check fails, ValueError where
    the checkpoint is not all of a detector's.
    """
    net = RawDetector(checkpoint).eval()
    axes = {"images": {0: "n", 2: "height", 3: "width"}, "output": {0: "n", 2: "anchors"}}
    file = _export(net, torch.rand(1, 3, 320, 256), out / f"{network}.onnx", axes)
    for shape in ((1, 3, 640, 480), (2, 3, 416, 640)):
        _check(net, file, torch.rand(shape), scale=100.0)
    if out == WEIGHTS:
        save_weights(checkpoint, network)
    return _describe(file, version, input_size=INPUT_SIZES[network], classes=CLASSES, **details)


def save_weights(checkpoint: Path, network: str) -> None:
    """The exported state in half precision, to train further from, to export again and for the bench."""
    state = start_model(checkpoint, len(CLASSES)).state_dict()
    TRAINED.mkdir(exist_ok=True)
    halved = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    save_file(halved, TRAINED / f"{network}.safetensors")


def export_embedder(net: EmbedderNet, version: str, details: Mapping[str, Any], out: Path = WEIGHTS) -> Path:
    """Writes `embedder.onnx` and `embedder.json`. Raises ExportError when the parity check fails."""
    net = net.eval().to(memory_format=torch.contiguous_format)
    axes = {"crops": {0: "n"}, "output": {0: "n"}}
    file = _export(net, torch.rand(2, 3, HEIGHT, WIDTH), out / "embedder.onnx", axes)
    _check(net, file, torch.rand(5, 3, HEIGHT, WIDTH), scale=1.0)
    return _describe(file, version, input_size=HEIGHT, input_width=WIDTH, **details)


def _describe(file: Path, version: str, **details: Any) -> Path:
    return write_manifest(Manifest(file.stem, version, file_sha256(file), **details), file.parent)


def _export(net: nn.Module, example: Tensor, file: Path, axes: dict[str, dict[int, str]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with torch.inference_mode(False), torch.no_grad():
        torch.onnx.export(
            net, (example,), str(file), input_names=[next(iter(axes))], output_names=["output"],
            dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    onnx.checker.check_model(str(file))
    return file


def _check(net: nn.Module, file: Path, example: Tensor, scale: float) -> None:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = net(example).numpy()
    found = session.run(None, {session.get_inputs()[0].name: example.numpy()})[0]
    difference = float(np.abs(found - expected).max()) / scale
    if not difference <= PARITY_MAX:
        raise ExportError(f"{file.name} differs from torch by {difference:.2g} on {tuple(example.shape)}")

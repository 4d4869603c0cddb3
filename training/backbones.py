"""Networks that an embedder can begin with: YOLO11n's backbone from COCO, MobileNetV3-small from ImageNet."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torchvision.models import mobilenet_v3_small

from training.detector import start_model

PARITY_MAX = 1e-3  # largest difference of MobileNet's features to those of its file; they reach 1.5


class BackboneError(RuntimeError):
    """The backbone in torch differs from its file; the message gives the largest difference."""


@dataclass(frozen=True)
class Backbone:
    """modules: run one after another on RGB in 0..1. depths: those pooled, of strides 8, 16, 32; channels of each."""

    modules: list[nn.Module]
    depths: tuple[int, ...]
    channels: tuple[int, ...]


class Normalise(nn.Module):
    """RGB in 0..1 by the mean and deviation of ImageNet."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, crops: Tensor) -> Tensor:
        return (crops - self.mean) / self.deviation


def yolo_backbone(start: Path) -> Backbone:
    """YOLO11n up to its attention block, from a detector's weights."""
    return Backbone(list(start_model(start, 2).model)[:11], (4, 6, 10), (128, 128, 256))


def mobilenet_backbone(file: Path, views: Tensor) -> Backbone:
    """MobileNetV3-small from torchvision's export; its batch norms, folded there, stand as measured on `views`.

    views: float32 (n, 3, h, w), RGB in 0..1. Raises BackboneError when the parity check fails.
    """
    features = load_mobilenet(file)
    modules = [Normalise(), *features]
    measure_norms(nn.Sequential(*modules), views)
    check_parity(features, file)
    return Backbone(modules, (4, 9, 13), (24, 48, 576))


def load_mobilenet(file: Path) -> nn.Sequential:
    """The features of MobileNetV3-small with the file's convolutions, each batch norm only adding the file's bias."""
    features: nn.Sequential = mobilenet_v3_small(weights=None).features.eval()
    given = _convolutions(file)
    bias = torch.zeros(0)
    with torch.no_grad():
        for layer in features.modules():
            if isinstance(layer, nn.Conv2d):
                weight, bias = next(given)
                layer.weight.copy_(weight)
                if layer.bias is not None:
                    layer.bias.copy_(bias)
            elif isinstance(layer, nn.BatchNorm2d):  # its mean is 0 and its variance 1 as made
                layer.weight.fill_((1 + layer.eps) ** 0.5)
                layer.bias.copy_(bias)
    return features


def _convolutions(file: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Weight and bias of each convolution, in the order in which the network runs them."""
    graph = onnx.load(str(file)).graph
    values = {value.name: torch.from_numpy(onnx.numpy_helper.to_array(value).copy()) for value in graph.initializer}
    return ((values[node.input[1]], values[node.input[2]]) for node in graph.node if node.op_type == "Conv")


def measure_norms(net: nn.Module, views: Tensor) -> None:
    """Gives each batch norm the mean and variance that `views` have there; what the net computes stays the same.

    With a mean of 0 and a variance of 1 as the file leaves them, training, which takes those of each batch,
    would begin with another network.
    """

    def measure(norm: Any, inputs: tuple[Tensor]) -> None:
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        shift = norm.bias - gain * norm.running_mean
        norm.running_mean.copy_(inputs[0].mean((0, 2, 3)))
        norm.running_var.copy_(inputs[0].var((0, 2, 3)))
        norm.weight.copy_(gain * (norm.running_var + norm.eps).sqrt())
        norm.bias.copy_(shift + gain * norm.running_mean)

    norms = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    with torch.no_grad():
        net.eval()(views)
    for hook in hooks:
        hook.remove()


def check_parity(features: nn.Module, file: Path) -> None:
    """Raises BackboneError unless torch and the file give the same features of noise, averaged over the picture."""
    images = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: images.numpy()})[0]
    with torch.no_grad():
        difference = float(np.abs(features(images).mean((2, 3)).numpy() - expected).max())
    if not difference <= PARITY_MAX:
        raise BackboneError(f"{file.name} differs from torch by {difference:.2g}")

"""Trains the embedder: a backbone, as shipped MobileNetV3-small from ImageNet, pooled in three bands at three depths.

Training puts a normalised softmax with a margin on the true class's cosine (CosFace, Wang et al. 2018) on a projection
of the pooled features. Served is that projection beside the features themselves, whitened by their covariance within
products (linear discriminant analysis): the projection knows the products it was trained on better, but has forgotten
what new ones differ in. So a cosine of two embeddings is the mean of two cosines. Another backbone and another loss can
be asked for in `EmbedderConfig`: `training/configs/embedder_rivals.py` compares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from models.embedder import resize_crop
from models.views import WIDE, vary
from training.backbones import Backbone, mobilenet_backbone, yolo_backbone
from training.detector import BF16

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
WIDTH, HEIGHT = 64, 128  # fronts are about twice as high as wide
BANDS = 3  # cap, label and foot of a bottle are pooled apart
SHRINKAGE = 0.3  # of the covariance towards a sphere; 0.2 to 0.7 are alike on select and calibration
RANK = 256  # directions whitened one by one, the rest by their mean: as good as all, a small part of the weights
WHITENED_EACH = 80  # fronts of a product, at most, that the covariance is measured on
COPIES = 4  # varied views of each of them
MEASURED = 512  # crops that the norms of a backbone without them are measured on
DIMENSIONS = 128  # of the projection
# Equal shares of both cosines: known fronts of select and calibration 0.968, with the whitened features alone 0.952
HALF = 0.5**0.5


@dataclass(frozen=True)
class EmbedderConfig:
    """What defines a run; `margin` and `scale` of the cosine softmax.

    start: .safetensors of a YOLO11n, or .onnx of MobileNetV3-small.
    epochs: with 0 nothing is trained, and the embedding is the whitened features alone.
    temperature: above 0, the supervised contrastive loss takes the place of the cosine softmax. Each crop drawn is then
        seen in two views, of half as many crops: a batch holds as many views as with the softmax.
    """

    name: str
    start: Path
    epochs: int = 20
    batch: int = 64
    learning_rate: float = 0.002
    margin: float = 0.15
    scale: float = 20.0
    temperature: float = 0.0
    seed: int = 0


class EmbedderNet(nn.Module):
    """float32 (n, 3, 128, 64), RGB in 0..1 → float32 (n, 2072) of unit length: 1,944 whitened, 128 projected.

    Without projection the whitened features alone.
    """

    mean: Tensor
    deviation: Tensor
    directions: Tensor
    factors: Tensor

    def __init__(self, backbone: Backbone, projects: bool = True) -> None:
        super().__init__()
        width = sum(backbone.channels) * BANDS
        self.backbone, self.depths, self.projects = nn.ModuleList(backbone.modules), backbone.depths, projects
        self.norm = nn.BatchNorm1d(width)
        self.project = nn.Linear(width, DIMENSIONS)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.register_buffer("directions", torch.zeros(width, RANK))
        self.register_buffer("factors", torch.zeros(RANK))

    def features(self, crops: Tensor) -> Tensor:
        """(n, 1944): mean of each band of each depth; as many as the backbone has channels there, three times."""
        pooled, x = [], crops
        for number, layer in enumerate(self.backbone):
            x = layer(x)
            if number in self.depths:
                rows = int(x.shape[2])  # a number: the tracer of the export rounds negative quotients otherwise
                for band in range(BANDS):
                    first, last = band * rows // BANDS, -(-(band + 1) * rows // BANDS)
                    pooled.append(x[:, :, first:last].mean((2, 3)))
        return torch.cat(pooled, 1)

    def projected(self, features: Tensor) -> Tensor:
        """(n, 128) of unit length: what the loss of training compares."""
        return F.normalize(self.project(self.norm(features)), dim=1)

    def forward(self, crops: Tensor) -> Tensor:
        features = self.features(crops)
        centred = (features - self.mean) / self.deviation
        whitened = centred + ((centred @ self.directions) * self.factors) @ self.directions.T
        whitened = F.normalize(whitened, dim=1)
        return torch.cat([whitened, self.projected(features)], 1) * HALF if self.projects else whitened

    def whiten(self, features: Floats, products: npt.NDArray[np.int64]) -> None:
        """Sets mean, deviation and whitening from features (n, 1944) and the product 0..k of each."""
        mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
        scaled = (features - mean) / deviation
        centres = np.stack([scaled[products == product].mean(axis=0) for product in range(products.max() + 1)])
        rest = (scaled - centres[products]).astype(np.float64)
        covariance = rest.T @ rest / len(rest)
        sphere = np.trace(covariance) / len(covariance)
        values, vectors = np.linalg.eigh((1 - SHRINKAGE) * covariance + SHRINKAGE * sphere * np.eye(len(covariance)))
        scales = 1 / np.sqrt(values[::-1])
        common = scales[RANK:].mean()
        for name, value in (
            ("mean", mean), ("deviation", deviation), ("directions", vectors[:, ::-1][:, :RANK]),
            ("factors", scales[:RANK] / common - 1),
        ):  # fmt: skip
            getattr(self, name).copy_(torch.from_numpy(np.ascontiguousarray(value, np.float32)))


def plain(wide: Image) -> Image:
    """The box itself, (128, 64, 3), out of a wide crop."""
    rows, columns = wide.shape[:2]
    inner = WIDE / (1 + 2 * WIDE)
    top, left = round(inner * rows), round(inner * columns)
    front = wide[top : max(rows - top, top + 1), left : max(columns - left, left + 1)]
    return resize_crop(front, WIDTH, HEIGHT)


def to_batch(views: Sequence[Image]) -> Tensor:
    """BGR uint8 views → float32 (n, 3, 128, 64) RGB in 0..1."""
    stacked = np.stack(views)[..., ::-1].transpose(0, 3, 1, 2)
    batch = torch.from_numpy(np.ascontiguousarray(stacked)).float().div_(255)
    return batch.contiguous(memory_format=torch.channels_last)


def train_embedder(config: EmbedderConfig, crops: Sequence[Image], codes: Sequence[str]) -> EmbedderNet:
    """Trains on wide crops (20 % margin on each side) with one code each; prints loss and accuracy per epoch."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    classes = sorted(set(codes))
    targets = np.array([classes.index(code) for code in codes])
    weights = 1 / np.sqrt(np.bincount(targets)[targets])  # rare SKUs more often, common ones still more in all
    backbone = _backbone(config, crops)
    net = EmbedderNet(backbone, projects=config.epochs > 0).to(memory_format=torch.channels_last)
    if not config.epochs:
        return net.eval()
    centres = nn.Parameter(torch.randn(len(classes), DIMENSIONS))
    groups: list[dict[str, Any]] = [
        {"params": list(net.backbone.parameters()), "lr": config.learning_rate / 4},
        {"params": [*net.norm.parameters(), *net.project.parameters(), centres]},
    ]
    optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, weight_decay=0.02)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps, views_each = len(crops) // config.batch, 2 if config.temperature else 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=config.epochs * steps, pct_start=0.15)
    for epoch in range(config.epochs):
        net.train()
        drawn = rng.choice(len(crops), (steps, config.batch // views_each), p=weights / weights.sum())
        order = np.tile(drawn, views_each)
        losses, right = [], 0
        for batch in order:
            target = torch.from_numpy(targets[batch])
            views = [vary(crops[i], WIDTH, HEIGHT, rng) for i in batch]
            with torch.autocast("cpu", torch.bfloat16, enabled=BF16):
                features = net.features(to_batch(views))
            projected = net.projected(features.float())
            cosine = projected @ F.normalize(centres, dim=1).T
            loss = (
                supervised_contrast(projected, target, config.temperature)
                if config.temperature
                else _margin_loss(cosine, target, config)
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            right += int((cosine.argmax(1) == target).sum())
        accuracy = "" if config.temperature else f" top-1 {right / order.size:.3f}"  # contrast learns no centres
        print(f"epoch {epoch + 1}/{config.epochs} loss {np.mean(losses):.3f}{accuracy}", flush=True)
    return net.eval()


def fit_whitening(net: EmbedderNet, crops: Sequence[Image], codes: Sequence[str], seed: int = 5) -> None:
    """Whitens the trained net by plain and varied views of these wide crops, those of the catalogue to be served."""
    rng = np.random.default_rng(seed)
    names = np.array(codes)
    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(names == code))[:WHITENED_EACH] for code in sorted(set(codes))]
    )
    views = [plain(crops[i]) for i in chosen]
    views += [vary(crops[i], WIDTH, HEIGHT, rng) for _ in range(COPIES) for i in chosen]
    _, products = np.unique(names[chosen], return_inverse=True)
    with torch.no_grad():
        parts = [net.features(to_batch(views[first : first + 64])).numpy() for first in range(0, len(views), 64)]
    net.whiten(np.concatenate(parts), np.tile(products, COPIES + 1))


def supervised_contrast(vectors: Tensor, products: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020, outer sum) of unit vectors (n, d) and the product of each, (n,).

    Of each vector: the mean, over the others of its product, of how little of its softmax over all others they take.
    A vector that is alone of its product is left out; not all may be.
    """
    itself = torch.eye(len(vectors), dtype=torch.bool)
    cosine = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    share = F.log_softmax(cosine, dim=1).masked_fill(itself, 0)
    alike = (products[:, None] == products[None]) & ~itself
    counts = alike.sum(1)
    return -((share * alike).sum(1)[counts > 0] / counts[counts > 0]).mean()


def _backbone(config: EmbedderConfig, crops: Sequence[Image]) -> Backbone:
    if config.start.suffix != ".onnx":
        return yolo_backbone(config.start)
    chosen = np.random.default_rng(config.seed).choice(len(crops), MEASURED)
    return mobilenet_backbone(config.start, to_batch([plain(crops[i]) for i in chosen]))


def _margin_loss(cosine: Tensor, target: Tensor, config: EmbedderConfig) -> Tensor:
    margin = config.margin * F.one_hot(target, cosine.shape[1])
    return F.cross_entropy(config.scale * (cosine - margin), target, label_smoothing=0.05)

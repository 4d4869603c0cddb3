"""Trains the embedder: the COCO backbone of YOLO11n, pooled at three depths, to a unit vector of 128 numbers.

Loss: normalised softmax with a margin on the true class's cosine (CosFace, Wang et al. 2018), so that the cosine of
two embeddings is what `models.gallery` compares. Crops come with a margin around the box; each epoch cuts them anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from datasets.crops import WIDE
from training.detector import start_model

Image = npt.NDArray[np.uint8]
SIZE = 96
LAYERS = (4, 6, 10)  # of YOLO11n: strides 8, 16, 32
CHANNELS = (128, 128, 256)


@dataclass(frozen=True)
class EmbedderConfig:
    """What defines a run; sizes in pixels, `margin` and `scale` of the cosine softmax."""

    name: str
    start: Path
    epochs: int = 20
    batch: int = 64
    learning_rate: float = 0.002
    dimensions: int = 128
    margin: float = 0.15
    scale: float = 20.0
    seed: int = 0


class EmbedderNet(nn.Module):
    """float32 (n, 3, 96, 96), RGB in 0..1 → float32 (n, d) of unit length."""

    def __init__(self, start: Path, dimensions: int) -> None:
        super().__init__()
        self.backbone = nn.ModuleList(list(start_model(start, 2).model)[: LAYERS[-1] + 1])
        self.norm = nn.BatchNorm1d(sum(CHANNELS))
        self.project = nn.Linear(sum(CHANNELS), dimensions)

    def forward(self, crops: Tensor) -> Tensor:
        pooled, x = [], crops
        for number, layer in enumerate(self.backbone):
            x = layer(x)
            if number in LAYERS:
                pooled.append(x.mean((2, 3)))
        return F.normalize(self.project(self.norm(torch.cat(pooled, 1))), dim=1)


def augment(crop: Image, rng: np.random.Generator) -> Image:
    """One 96 × 96 view of a wide crop: jittered box, light, colour, blur and resolution as phones vary them."""
    height, width = crop.shape[:2]
    inner = WIDE / (1 + 2 * WIDE)
    jitter = rng.uniform(-0.07, 0.07, 4)  # the detector's boxes are not exact
    left, right = (inner + jitter[0]) * width, (1 - inner + jitter[1]) * width
    top, bottom = (inner + jitter[2]) * height, (1 - inner + jitter[3]) * height
    corners = np.array([[left, top], [right, top], [left, bottom]], np.float32)
    corners += rng.normal(0, 0.025, (3, 2)).astype(np.float32) * (width, height)
    target = np.array([[0, 0], [SIZE, 0], [0, SIZE]], np.float32)
    view = cv2.warpAffine(crop, cv2.getAffineTransform(corners.astype(np.float32), target), (SIZE, SIZE),
                          flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)  # fmt: skip
    if rng.random() < 0.3:
        small = int(rng.integers(24, 72))
        view = cv2.resize(cv2.resize(view, (small, small), interpolation=cv2.INTER_AREA), (SIZE, SIZE))
    if rng.random() < 0.25:
        view = cv2.GaussianBlur(view, (0, 0), rng.uniform(0.5, 1.8))
    light = view.astype(np.float32) * rng.uniform(0.55, 1.4) * rng.uniform(0.88, 1.12, 3)
    light = (light - 110) * rng.uniform(0.7, 1.25) + 110 + rng.uniform(-20, 20)
    return np.clip(light + rng.normal(0, rng.uniform(0, 8), light.shape), 0, 255).astype(np.uint8)


def to_batch(views: Sequence[Image]) -> Tensor:
    """BGR uint8 views → float32 (n, 3, 96, 96) RGB in 0..1."""
    stacked = np.stack(views)[..., ::-1].transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(stacked)).float().div_(255)


def train_embedder(config: EmbedderConfig, crops: Sequence[Image], codes: Sequence[str]) -> EmbedderNet:
    """Trains on wide crops (20 % margin on each side) with one code each; prints loss and accuracy per epoch."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    classes = sorted(set(codes))
    targets = np.array([classes.index(code) for code in codes])
    weights = 1 / np.sqrt(np.bincount(targets)[targets])  # rare SKUs more often, common ones still more in all
    net = EmbedderNet(config.start, config.dimensions).to(memory_format=torch.channels_last)
    prototypes = nn.Parameter(torch.randn(len(classes), config.dimensions))
    groups: list[dict[str, Any]] = [
        {"params": list(net.backbone.parameters()), "lr": config.learning_rate / 4},
        {"params": [*net.norm.parameters(), *net.project.parameters(), prototypes]},
    ]
    optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, weight_decay=0.02)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = config.epochs * (len(crops) // config.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.15)
    for epoch in range(config.epochs):
        net.train()
        order = rng.choice(len(crops), len(crops) // config.batch * config.batch, p=weights / weights.sum())
        losses, right = [], 0
        for batch in order.reshape(-1, config.batch):
            views = to_batch([augment(crops[i], rng) for i in batch])
            target = torch.from_numpy(targets[batch])
            cosine = net(views.contiguous(memory_format=torch.channels_last)) @ F.normalize(prototypes, dim=1).T
            loss = _margin_loss(cosine, target, config)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            right += int((cosine.argmax(1) == target).sum())
        print(
            f"epoch {epoch + 1}/{config.epochs} loss {np.mean(losses):.3f} top-1 {right / len(order):.3f}",
            flush=True,
        )
    return net.eval()


def _margin_loss(cosine: Tensor, target: Tensor, config: EmbedderConfig) -> Tensor:
    margin = config.margin * F.one_hot(target, cosine.shape[1])
    return F.cross_entropy(config.scale * (cosine - margin), target, label_smoothing=0.05)

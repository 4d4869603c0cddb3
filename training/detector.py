"""Fine-tunes YOLO11n from the COCO weights to `product` and `cooler`.

The field photos come stretched to a square, phones' photos do not: each time a photo is loaded its aspect ratio
is drawn anew (`AspectDataset`).
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from safetensors.torch import load_file

from datasets.field import write_yolo
from datasets.yolo import LabelledPhoto
from models.detections import CLASSES
from training.ultralytics_offline import RUNS, prepare

prepare()

# bf16 halves a step where the CPU has it (AVX512-BF16) and is twelve times slower where it has not
BF16 = not torch.cuda.is_available() and torch.cpu._is_avx512_bf16_supported()

from ultralytics.data.dataset import YOLODataset  # noqa: E402
from ultralytics.models.yolo.detect import DetectionTrainer  # noqa: E402
from ultralytics.nn.tasks import DetectionModel  # noqa: E402

from training.masked_loss import MaskedLoss  # noqa: E402


@dataclass(frozen=True)
class DetectorConfig:
    """What defines a run. `start`: .safetensors (COCO) or a .pt of an earlier run; sizes in pixels."""

    name: str
    start: Path
    epochs: int
    image_size: int = 640
    batch: int = 8
    learning_rate: float = 0.001
    warmup_epochs: float = 1.0
    mosaic: float = 1.0
    close_mosaic: int = 10
    scale: float = 0.5
    degrees: float = 3.0
    shear: float = 0.0
    perspective: float = 0.0003
    aspect_share: float = 0.7
    colours: tuple[float, float, float] = (0.02, 0.6, 0.45)  # how far hue, saturation and value vary, each 0..1
    seed: int = 0
    workers: int = 2


class AspectDataset(YOLODataset):  # type: ignore[misc]
    """Draws width : height between 0.55 and 1.5 for most photos at each load; the long side is `imgsz`."""

    aspect_share: float

    def load_image(self, i: int, rect_mode: bool = True, resize_short: bool = False) -> Any:
        image, original, (height, width) = super().load_image(i, rect_mode, resize_short)
        if not self.augment or random.random() >= self.aspect_share:
            return image, original, (height, width)
        ratio = width / height * (random.uniform(0.55, 1.0) if random.random() < 0.7 else random.uniform(1.0, 1.5))
        long = max(height, width)
        width, height = (long, round(long / ratio)) if ratio > 1 else (round(long * ratio), long)
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), original, (height, width)


class HalfDetectionModel(DetectionModel):  # type: ignore[misc]
    """Convolutions of a training step in bf16, where the CPU has it; loss and evaluation in float32, areas ignored."""

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        if not (self.training and BF16):
            return super().predict(x, *args, **kwargs)
        with torch.autocast("cpu", torch.bfloat16):
            return _to_float(super().predict(x, *args, **kwargs))

    def init_criterion(self) -> MaskedLoss:
        return MaskedLoss(self)


def _to_float(output: Any) -> Any:
    if isinstance(output, torch.Tensor):
        return output.float()
    if isinstance(output, dict):
        return {key: _to_float(value) for key, value in output.items()}
    return type(output)(_to_float(value) for value in output)


def start_model(start: Path, classes: int, whole: bool = False) -> DetectionModel:
    """YOLO11n with every tensor of `start` whose shape agrees (all but the last class layers from COCO).

    whole: ValueError where one is missing or of another shape, since it would stay as it was drawn.
    """
    model = HalfDetectionModel("yolo11n.yaml", nc=classes, verbose=False)
    if start.suffix == ".safetensors":
        given = {name: tensor.float() for name, tensor in load_file(start).items()}
    else:
        checkpoint = torch.load(start, weights_only=False)  # of an unfinished run the averaged weights
        given = (checkpoint["model"] or checkpoint["ema"]).float().state_dict()
    own = model.state_dict()
    agreed = {name: tensor for name, tensor in given.items() if name in own and own[name].shape == tensor.shape}
    if whole and len(agreed) < len(own):
        raise ValueError(f"{len(own) - len(agreed)} of the network's {len(own)} tensors are not in it")
    own.update(agreed)
    model.load_state_dict(own)
    return model


class Trainer(DetectionTrainer):  # type: ignore[misc]
    """Ultralytics' trainer with our start weights and our data set class."""

    start: Path
    aspect_share: float

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> DetectionModel:
        # channels last: 1.6 times as fast a step on a CPU
        return start_model(self.start, len(self.data["names"]) - 1).to(memory_format=torch.channels_last)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        batch = super().preprocess_batch(batch)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> YOLODataset:
        built = super().build_dataset(img_path, mode, batch)
        if mode == "train":
            built.__class__ = AspectDataset
            built.aspect_share = self.aspect_share
        return built


def train_detector(
    config: DetectorConfig,
    train: Sequence[LabelledPhoto],
    select: Sequence[LabelledPhoto],
    twice: Sequence[LabelledPhoto] = (),
    classes: Sequence[str] = CLASSES,
) -> Path:
    """Runs the training and returns the path of the weights of the epoch that was best on `select`.

    `twice`: photos shown two times an epoch. `classes`: names of the photos' classes, the cooler the last; the number
    after it stands for ignored areas.
    """
    data = RUNS / "data" / config.name
    write_yolo(train, data / "train")
    write_yolo(twice, data / "twice")
    write_yolo(select, data / "select")
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate((*classes, "ignored")))
    folders = ["train/images", *(["twice/images"] * 2 if twice else [])]
    (data / "data.yaml").write_text(f"path: {data}\ntrain: {folders}\nval: select/images\nnames:\n{names}")
    trainer = _trainer(config, data)
    trainer.train()
    return Path(trainer.best)


def _trainer(config: DetectorConfig, data: Path) -> Trainer:
    hue, saturation, value = config.colours
    overrides = dict(
        model="yolo11n.yaml", data=str(data / "data.yaml"), epochs=config.epochs, imgsz=config.image_size,
        batch=config.batch, nbs=config.batch, workers=config.workers,
        device="cuda" if torch.cuda.is_available() else "cpu",
        optimizer="AdamW", lr0=config.learning_rate, lrf=0.01, cos_lr=True, warmup_epochs=config.warmup_epochs,
        mosaic=config.mosaic, close_mosaic=config.close_mosaic, scale=config.scale,
        degrees=config.degrees, shear=config.shear, perspective=config.perspective,
        hsv_h=hue, hsv_s=saturation, hsv_v=value, fliplr=0.5, max_det=1000, amp=False, plots=False, pretrained=False,
        cache="ram", seed=config.seed, project=str(RUNS), name=config.name, exist_ok=True, verbose=True,
    )  # fmt: skip
    trainer = Trainer(overrides=overrides)
    trainer.start, trainer.aspect_share = config.start, config.aspect_share
    # ultralytics leaves one core idle, which on two cores doubles the time
    trainer.add_callback("on_train_start", lambda _: torch.set_num_threads(os.cpu_count() or 1))
    return trainer

"""A detector that names SKUs itself, the rival of detector and embedder: 29 codes and the cooler as its classes.

Command: `shelfproof train detector_skus` (writes runs/detector_skus.json). On the field photos of the train split,
labels mended, from the weights of the drinks' detector; fronts of no code and those left out by the labels are ignored.
Read on select and calibration at the photos' own size, at which it was trained: of each true front of a known code,
the name of the box that covers it best. The shipped detector, embedder and gallery are read alike beside it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torchvision.ops import nms

from datasets.crops import UNKNOWN, Image, cut, field_crops, read_image
from datasets.field import field_photos, negatives, of_split, with_ignored
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto
from models.detections import CLASSES, COOLER, PRODUCT
from models.detector import COUNTABLE_SCORE, NMS_IOU, letterbox
from models.gallery import Gallery
from models.manifest import WEIGHTS
from training.configs.detector_shops import START
from training.detector import DetectorConfig, train_detector
from training.export import RawDetector
from training.gallery import embedder_of, interval
from training.predict import shipped_detector
from training.prediction import best_overlapping
from training.ultralytics_offline import RUNS

EPOCHS = 36  # some ten minutes on two idle cores
SIZE = 416
READ = ("train", "select", "calibration")

Boxes = npt.NDArray[Any]
Reader = Callable[[Image], tuple[Boxes, list[str]]]  # a photo → boxes (n, 4) in its pixels, and the code of each


def main(epochs: int | None = None) -> Path:
    """Trains, reads and returns the report's path."""
    root = require_data()
    codes = true_codes(root)
    names = sorted({code for of_photo in codes.values() for code in of_photo} - {UNKNOWN})
    photos = field_photos(root)
    train = [with_skus(photo, codes[photo.stem], names) for photo in with_ignored(of_split(photos, "train"))]
    select = [with_skus(photo, codes[photo.stem], names) for photo in of_split(photos, "select")[:4]]
    config = DetectorConfig("detector_skus", START, epochs or EPOCHS, image_size=SIZE, warmup_epochs=1.0)
    train += negatives(root, train=True)[::8]
    best = train_detector(config, train, select, classes=(*names, CLASSES[COOLER]))
    last = best.with_name("last.pt")  # nothing is chosen
    held_out = of_split(photos, "select") + of_split(photos, "calibration")
    report = {
        "epochs": config.epochs,
        "detector with SKU classes": read(held_out, codes, sku_reader(last, names)),
        "shipped detector and embedder": read(held_out, codes, shipped_reader()),
    }
    target = RUNS / "detector_skus.json"
    target.write_text(json.dumps(report, indent=1) + "\n")
    print(target.read_text())
    return target


def true_codes(root: Path) -> dict[str, list[str]]:
    """Stem of each field photo but those of test → mended code of each of its fronts, in the order of its labels."""
    codes: dict[str, list[str]] = defaultdict(list)
    for code, stem in zip(*field_crops(root, READ, margin=0.0, mended=True)[1:], strict=True):
        codes[stem].append(code)
    return codes


def with_skus(photo: LabelledPhoto, codes: Sequence[str], names: Sequence[str]) -> LabelledPhoto:
    """The photo with its products, in the order of `codes`, as classes of `names`, the cooler after them, then what is
    ignored: areas that the photo ignores and products of none of the names."""
    ignored = len(names) + 1
    classes = np.where(photo.classes == COOLER, len(names), ignored)
    classes[photo.classes == PRODUCT] = [names.index(code) if code in names else ignored for code in codes]
    return LabelledPhoto(photo.path, photo.boxes, classes)


def sku_reader(checkpoint: Path, names: Sequence[str]) -> Reader:
    """The trained detector, the cooler left out; boxes suppress each other whatever their codes."""
    net = RawDetector(checkpoint, len(names) + 1).eval()

    def read_photo(image: Image) -> tuple[Boxes, list[str]]:
        batch, scale = letterbox(image, SIZE)
        with torch.no_grad():
            rows = net(torch.from_numpy(batch))[0].T
        scores, labels = rows[:, 4:-1].max(1)
        boxes = torch.cat([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], 1)
        seen = scores >= COUNTABLE_SCORE
        kept = nms(boxes[seen], scores[seen], NMS_IOU)
        found = boxes[seen][kept].numpy() * np.array([*scale, *scale])
        return found, [names[label] for label in labels[seen][kept].tolist()]

    return read_photo


def shipped_reader() -> Reader:
    """The shipped detector's fronts, each named by the shipped gallery of the field set, however low its score."""
    detector, embedder = shipped_detector(), embedder_of()
    gallery = Gallery.load(WEIGHTS / "gallery-pepsico_vn.npz")

    def read_photo(image: Image) -> tuple[Boxes, list[str]]:
        found = detector.detect(image)
        boxes = found.boxes[(found.labels == PRODUCT) & (found.scores >= COUNTABLE_SCORE)]
        if not len(boxes):
            return boxes, []
        similarity = gallery.similarity(embedder.embed([cut(image, box) for box in boxes.tolist()]))
        return boxes, [gallery.codes[best] for best in similarity.argmax(axis=1)]

    return read_photo


def read(photos: Iterable[LabelledPhoto], codes: dict[str, list[str]], reader: Reader) -> dict[str, Any]:
    """Top-1 of the known fronts, those missed counted as wrong, and the share missed."""
    right, missed, stems = [], [], []
    for photo in photos:
        image = read_image(photo.path)
        size = np.tile([image.shape[1], image.shape[0]], 2)
        boxes, names = reader(image)
        for best, code in zip(
            best_overlapping(photo.boxes[photo.classes == PRODUCT] * size, boxes), codes[photo.stem], strict=True
        ):
            if code != UNKNOWN:
                right.append(best >= 0 and names[best] == code)
                missed.append(best < 0)
                stems.append(photo.stem)
    return {
        "fronts": len(right),
        "top1": float(np.mean(right)),
        "top1_interval": interval(np.array(right), np.array(stems)),
        "missed": float(np.mean(missed)),
        "top1_of_found": float(np.sum(right) / np.sum(~np.array(missed))),
    }

"""Photos of real shelves whose fronts carry other goods: the shelf, its rails, light and second rows stay.

A detector that sees the same few shelves for epochs learns their goods; here what stands at each place is drawn anew,
in runs of one product as on a shelf, from fronts of other photos and from drawn packages. The boxes stay as they are.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.crops import Image, boxed_crops, read_image
from datasets.field import write_yolo
from datasets.shelves import Prints
from datasets.shelves.pack import KINDS, draw_pack
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto, read_split
from models.detections import PRODUCT
from training.shelves import artwork, is_clear
from training.ultralytics_offline import RUNS

LONG_SIDE_MAX = 1280  # pixels of a swapped photo; twice what the detector sees
BOTTLES_EVERY = 4  # of the boxed bottles and cartons, so that they are about as many as the others
DRAWN_SHARE = 0.35  # of the products are drawn packages
KEPT_SHARE = 0.15  # of the products stay
NEW_SHARE = 0.12  # within a row of equal fronts, how often the next one begins another product
GAP_MAX, SHIFT_MAX, SIZE_MAX = 0.4, 0.25, 0.25  # of equal fronts: of their size, along a row, as the log of a ratio
CANDIDATES = 8  # fronts of which the one that fits a place best is taken
SEED = 11


def swapped_set(
    name: str, photos: Sequence[LabelledPhoto], shops: Sequence[LabelledPhoto], times: int
) -> list[LabelledPhoto]:
    """Each of `photos` `times` over, with fronts of `shops`, of the field's train split and of bottled teas.

    Made on the first call, read from runs/data/swapped_`name` afterwards.
    """
    directory: Path = RUNS / "data" / f"swapped_{name}"
    if not (directory / "data.yaml").is_file():
        bottles = boxed_crops(require_data() / "beverages_nthu", "", margin=0.0)[0][::BOTTLES_EVERY]
        prints = artwork("train", shops, fronts=True)
        fronts = [*prints.fronts, *(each for each in bottles if is_clear(each))]
        # whole fronts are taken here, so the drawn packages take none
        write_yolo(_swapped(photos, Prints(prints.pictures), fronts, times, directory), directory)
    return read_split(directory)


def _swapped(
    photos: Sequence[LabelledPhoto], prints: Prints, fronts: Sequence[Image], times: int, directory: Path
) -> Iterator[LabelledPhoto]:
    folder = directory.with_name(f"{directory.name}_drawn")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    for photo in photos:
        image = read_image(photo.path)
        shrink = min(1.0, LONG_SIDE_MAX / max(image.shape[:2]))
        image = np.asarray(cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
        for number in range(times):
            shown = swap_fronts(image, photo.boxes[photo.classes == PRODUCT], prints, fronts, rng)
            file = folder / f"{photo.stem}_swapped_{number}.jpg"
            cv2.imwrite(str(file), shown, [cv2.IMWRITE_JPEG_QUALITY, 92])
            yield LabelledPhoto(file, photo.boxes, photo.classes)


def swap_fronts(
    image: Image, boxes: npt.NDArray[np.float64], prints: Prints, fronts: Sequence[Image], rng: np.random.Generator
) -> Image:
    """A copy of `image` (h, w, 3) whose fronts `boxes` (n, 4), in fractions, show other products."""
    shown = image.copy()
    pixels = (boxes * np.tile(image.shape[1::-1], 2)).round().astype(int)
    products: dict[int, Image | None] = {}
    for number in np.argsort(pixels[:, 0], kind="stable").tolist():
        beside = _beside(pixels, number, list(products))
        if beside is None or rng.random() < NEW_SHARE:
            products[number] = _product(rng, prints, fronts, pixels[number])
        else:
            products[number] = products[beside]
    for number in np.argsort(pixels[:, 3], kind="stable"):  # what stands lower stands nearer
        product = products[int(number)]
        if product is not None:
            _show(shown, product, pixels[number], rng)
    return shown


def _beside(boxes: npt.NDArray[np.int64], number: int, earlier: Sequence[int]) -> int | None:
    """Which of the `earlier` boxes stands beside, or above, that box and is about as large: one product, probably."""
    box = boxes[number]
    size = np.maximum(box[2:] - box[:2], 1)
    for other in reversed(earlier):
        apart = np.maximum(np.maximum(boxes[other, :2] - box[2:], box[:2] - boxes[other, 2:]), 0) / size
        sizes = np.maximum(boxes[other, 2:] - boxes[other, :2], 1) / size
        shifted = np.abs(boxes[other, :2] + boxes[other, 2:] - box[:2] - box[2:]) / 2 / size
        if (apart < GAP_MAX).all() and shifted.min() < SHIFT_MAX and (np.abs(np.log(sizes)) < SIZE_MAX).all():
            return other
    return None


def _product(
    rng: np.random.Generator, prints: Prints, fronts: Sequence[Image], box: npt.NDArray[np.int64]
) -> Image | None:
    """(h, w, 4) uint8 BGRA; None: what stands there stays."""
    if rng.random() < KEPT_SHARE:
        return None
    width, height = max(int(box[2] - box[0]), 1), max(int(box[3] - box[1]), 1)
    aspect = width / height
    if rng.random() < DRAWN_SHARE:
        kinds = [kind for kind, (w, h, _) in KINDS.items() if w[0] / h[1] < aspect < w[1] / h[0]] or list(KINDS)
        return draw_pack(rng, prints, str(rng.choice(kinds)), 14.0, 40.0).sprite
    some = [fronts[number] for number in rng.integers(len(fronts), size=CANDIDATES)]
    best = min(some, key=lambda front: abs(float(np.log(front.shape[1] / front.shape[0] / aspect))))
    return np.dstack([best, np.full(best.shape[:2], 255, np.uint8)])


def _show(shown: Image, product: Image, box: npt.NDArray[np.int64], rng: np.random.Generator) -> None:
    """Puts the product in the box, as light as what stood there, more or less."""
    x1, y1, x2, y2 = box.tolist()
    place = shown[max(y1, 0) : y2, max(x1, 0) : x2]
    height, width = place.shape[:2]
    if min(height, width) < 2:
        return
    fitted = cv2.resize(product, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.GaussianBlur(fitted[..., 3:] / 255, (0, 0), 0.8)[..., None]
    light = (place.mean() + 20) / (fitted[..., :3].mean() + 20)
    colour = fitted[..., :3] * np.float32(light ** rng.uniform(0.2, 0.8) * rng.uniform(0.92, 1.08))
    place[:] = np.clip(place + alpha * (colour - place), 0, 255).astype(np.uint8)

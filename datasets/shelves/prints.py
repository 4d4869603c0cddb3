"""What is printed on packages: colour, lettering, and pieces of real photos where the field data is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.crops import read_image
from datasets.render.label import write
from datasets.render.surroundings import tint

Image = npt.NDArray[np.uint8]
LETTERS = list("ABCDEFGHIKLMNOPRSTUVZ") + list("鮮乳茶豆果汁绿红品味新巧酥菓子コーヒープリンチョコみそカレー")
FONTS = ("sans", "serif", "uni")
PHOTO_SIDE = 160  # pixels kept of each piece
FRONTS_DRAWN = 6  # real fronts of which the one that fits best is taken


@dataclass(frozen=True)
class Prints:
    """pictures: each (h, w, 3) uint8 BGR, from which packages take their artwork. fronts: crops of whole fronts, which
    stand on the shelf as they are. Both may be empty.
    """

    pictures: Sequence[Image] = ()
    fronts: Sequence[Image] = ()

    def piece(self, rng: np.random.Generator, width: int, height: int) -> Image:
        """A random part of a random picture, (height, width, 3); a tinted noise where there is no picture."""
        if not self.pictures:
            coarse = rng.uniform(0, 255, (5, 5, 3)).astype(np.uint8)
            return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
        picture = self.pictures[int(rng.integers(len(self.pictures)))]
        rows, columns = picture.shape[:2]
        share = rng.uniform(0.45, 1.0)
        part_h, part_w = max(8, int(rows * share)), max(8, int(columns * share))
        y, x = int(rng.integers(rows - part_h + 1)), int(rng.integers(columns - part_w + 1))
        part = picture[y : y + part_h, x : x + part_w]
        return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def front(self, rng: np.random.Generator, aspect: float) -> Image:
        """Of some random fronts, at least one, that whose width ÷ height is nearest to `aspect`."""
        some = [self.fronts[number] for number in rng.integers(len(self.fronts), size=FRONTS_DRAWN)]
        return min(some, key=lambda front: abs(np.log(front.shape[1] / front.shape[0] / aspect)))


def load_prints(files: Sequence[Path]) -> Prints:
    """The middle of each photo, shrunk. Raises DatasetError where one cannot be read."""
    pictures = []
    for file in files:
        image = read_image(file)
        height, width = image.shape[:2]
        middle = image[height // 8 : height - height // 8, width // 8 : width - width // 8]
        scale = PHOTO_SIDE / max(middle.shape[:2])
        pictures.append(
            np.asarray(cv2.resize(middle, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        )
    return Prints(pictures)


def face(rng: np.random.Generator, prints: Prints, width: int, height: int) -> Image:
    """The printed front of a package, (height, width, 3) uint8 BGR: a brand's block, a picture, lettering."""
    art = _ground(rng, width, height)
    if rng.random() < 0.75:
        _picture(art, rng, prints)
    for _ in range(int(rng.integers(0, 3))):
        colour = tint(rng, (0, 1), (0.1, 1))
        y1, y2 = sorted(rng.uniform(0, 1, 2) * height)
        if rng.random() < 0.5:
            art[int(y1) : int(min(y2, y1 + height * 0.25)) + 1] = colour
        else:
            x, radius = int(rng.uniform(0, width)), int(rng.uniform(0.1, 0.35) * width) + 1
            cv2.circle(art, (x, int(y1)), radius, colour, -1, cv2.LINE_AA)
    _lettering(art, rng)
    return art


def _ground(rng: np.random.Generator, width: int, height: int) -> Image:
    first, second = (np.array(tint(rng, (0, 1), (0.05, 1)), np.float32) for _ in range(2))
    if rng.random() < 0.25:  # white and black packs are many
        first[:] = rng.choice([20, 235])
    style = rng.integers(4)
    art = np.empty((height, width, 3), np.float32)
    art[:] = first
    if style == 0:
        ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        art[:] = first + (second - first) * ramp
    elif style == 1:
        art[int(height * rng.uniform(0.3, 0.7)) :] = second
    elif style == 2:
        step = max(4, int(width * rng.uniform(0.1, 0.4)))
        for x in range(0, width, step):
            art[:, x : x + step // 2] = second
    return np.clip(art, 0, 255).astype(np.uint8)


def _picture(art: Image, rng: np.random.Generator, prints: Prints) -> None:
    height, width = art.shape[:2]
    if rng.random() < 0.3:  # all over
        art[:] = prints.piece(rng, width, height)
        return
    w, h = max(4, int(width * rng.uniform(0.5, 1.0))), max(4, int(height * rng.uniform(0.25, 0.6)))
    x, y = int((width - w) * rng.random()), int((height - h) * rng.uniform(0.3, 1.0))
    piece = prints.piece(rng, w, h)
    mask = np.zeros((h, w), np.uint8)
    if rng.random() < 0.5:
        cv2.ellipse(mask, (w // 2, h // 2), (w // 2, h // 2), 0, 0, 360, 255, -1)
    else:
        mask[:] = 255
    art[y : y + h, x : x + w][mask > 0] = piece[mask > 0]


def _lettering(art: Image, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    ink = tint(rng, (0, 1), (0, 1)) if rng.random() < 0.5 else (rng.choice([10.0, 245.0]),) * 3
    colour = (int(ink[0]), int(ink[1]), int(ink[2]))
    for size in (rng.uniform(0.12, 0.26), rng.uniform(0.06, 0.12), rng.uniform(0.04, 0.07)):
        pixels = int(size * min(height, width * 1.5))
        if pixels < 6:
            continue
        word = "".join(rng.choice(LETTERS, int(rng.integers(2, 9))))
        centre = width * rng.uniform(0.35, 0.65), height * rng.uniform(0.08, 0.9)
        write(art, word, centre, pixels, colour, str(rng.choice(FONTS)), int(rng.choice([400, 700, 900])), width * 0.92)

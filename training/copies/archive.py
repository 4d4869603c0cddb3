"""What is compared: rendered displays, their copies and second visits, an archive of others; each kept under
runs/copies as hash and likeness, so that an interrupted run goes on where it was.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from datasets.render import render_photo
from datasets.render.visit import render_visit
from models.detections import Image
from pipeline.intake.grey import small_grey
from pipeline.intake.likeness import Likeness, take_likeness
from pipeline.intake.perceptual_hash import perceptual_hash, unframed
from training.copies.alterations import ALTERATIONS, reencoded
from training.ultralytics_offline import RUNS

FOLDER = RUNS / "copies"
CHUNK = 100
WHOLE, HALVED = 10_000, 5_000  # displays of the archive: photos of all of it, or of its upper and of its lower half
ARCHIVE = WHOLE + 2 * HALVED
DISPLAYS = 300
PAIRS = 3  # of alterations, tried on each display
VISITS = 2  # by somebody who stands anywhere, and by somebody who stands where the first photo was taken
_ARCHIVE_SEED, _DISPLAY_SEED = 1_000_000, 2_000_000
_SIZES = ((384, 512), (512, 384), (384, 512))  # of the archive's photos: what copies are known by is read at 512


@dataclass(frozen=True)
class Known:
    """What a photo is known by. name: of the photo, for reports."""

    name: str
    hash: bytes
    likeness: Likeness


def known(name: str, image: Image) -> Known:
    """As `pipeline.read` takes it. image: BGR, or its grey."""
    grey = unframed(image if image.ndim == 2 else small_grey(image))
    return Known(name, perceptual_hash(grey), take_likeness(grey))


def archive(photos: int = ARCHIVE) -> Iterator[Known]:
    """Other displays: other seeds, and the same sixteen products."""
    for number in range(-(-photos // CHUNK)):
        yield from kept(f"archive_{number:03d}", partial(_archive_chunk, number))


def _archive_chunk(number: int) -> Iterator[tuple[str, Image]]:
    first, halves = number * CHUNK, number * CHUNK >= WHOLE
    for place in range(first, first + CHUNK):
        display = place if not halves else WHOLE + (place - WHOLE) // 2
        if halves and place % 2:
            continue
        width, height = _SIZES[display % 3]
        photo = render_photo(_ARCHIVE_SEED + display, width=width, height=height).image
        stored = cv2.imencode(".jpg", small_grey(photo), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        grey = np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE), np.uint8)
        if not halves:
            yield str(display), grey
            continue
        middle = len(grey) // 2
        yield f"{display} upper", grey[:middle]
        yield f"{display} lower", grey[middle:]


def originals() -> list[Known]:
    """The displays at their first visit, as they are sent: JPEG at 88."""
    return _by_display("original", lambda display: [("", _first(display))])


def copies(kinds: tuple[str, ...]) -> list[Known]:
    """Each display with each of these alterations."""

    def make(display: int) -> Iterator[tuple[str, Image]]:
        photo = _first(display)
        for kind in kinds:
            yield kind, ALTERATIONS[kind](photo, np.random.default_rng([display, list(ALTERATIONS).index(kind)]))

    return _by_display("tuned" if kinds[0] == "mirrored" else "held_out", make)


def pairs() -> list[Known]:
    """Each display with some of the pairs of two alterations, all pairs equally often."""
    every = list(itertools.permutations(ALTERATIONS, 2))
    order = np.random.default_rng(1).permutation(len(every))

    def make(display: int) -> Iterator[tuple[str, Image]]:
        photo = _first(display)
        for turn in range(PAIRS):
            one, other = every[order[(display * PAIRS + turn) % len(every)]]
            rng = np.random.default_rng([display, turn, 7])
            yield f"{one} + {other}", ALTERATIONS[other](ALTERATIONS[one](photo, rng), rng)

    return _by_display("pairs", make)


def visits(*, same_spot: bool) -> list[Known]:
    """Each display a month and two months later."""

    def make(display: int) -> Iterator[tuple[str, Image]]:
        for visit in range(1, VISITS + 1):
            yield f"visit {visit}", render_visit(_DISPLAY_SEED + display, visit, same_spot=same_spot)

    return _by_display("same_spot" if same_spot else "visits", make)


def _first(display: int) -> Image:
    return render_visit(_DISPLAY_SEED + display, 0)


def _by_display(name: str, make: Callable[[int], Iterator[tuple[str, Image]] | list[tuple[str, Image]]]) -> list[Known]:
    """In chunks of twenty displays; each photo's name begins with its display's number."""
    found: list[Known] = []
    for first in range(0, DISPLAYS, 20):
        displays = range(first, first + 20)

        def chunk(displays: range = displays) -> Iterator[tuple[str, Image]]:
            for display in displays:
                for kind, image in make(display):
                    yield f"{display}|{kind}", reencoded(image, 88)

        found += kept(f"{name}_{first:03d}", chunk)
    return found


def kept(name: str, make: Callable[[], Iterator[tuple[str, Image]]]) -> list[Known]:
    """From the file of that name, which is written first where it is missing."""
    path = FOLDER / f"{name}.npz"
    if not path.is_file():
        _write(path, [known(each, image) for each, image in make()])
    with np.load(path) as kept:
        names, hashes, data, ends = (kept[key] for key in ("names", "hashes", "data", "ends"))
    starts = np.concatenate([[0], ends[:-1]])
    return [
        Known(str(each), value.tobytes(), Likeness.unpacked(data[start:end].tobytes()))
        for each, value, start, end in zip(names, hashes, starts, ends, strict=True)
    ]


def _write(path: Path, photos: list[Known]) -> None:
    packed = [np.frombuffer(each.likeness.packed(), np.uint8) for each in photos]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp.npz")
    np.savez(
        unfinished,
        names=np.array([each.name for each in photos]),
        hashes=np.array([np.frombuffer(each.hash, np.uint8) for each in photos]),
        data=np.concatenate(packed),
        ends=np.cumsum([len(each) for each in packed]),
    )
    unfinished.replace(path)

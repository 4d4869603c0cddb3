"""Loads the networks and a gallery; each network once per process, however often it is asked for."""

import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from models.detections import Image
from models.detector import Detector
from models.embedder import Embedder
from models.engines import AUTO, ENGINES, NETWORKS, ONNXRUNTIME, Opened, open_runners
from models.gallery import NO_SKUS, Gallery
from models.manifest import WEIGHTS, Manifest, ModelFileError, load_manifest
from models.photo_files import photos_below

DEFAULT_GALLERY = "pepsico_vn"
_loading = threading.Lock()


@dataclass(frozen=True)
class Networks:
    """All that reading a photo needs. engine: what runs the networks, with its version, such as
    `openvino-bf16 2026.4.1`. passed_over, slower: see models.engines.Opened. general: finds the fronts of goods that
    `detector` does not know; None: nothing does.
    """

    detector: Detector
    embedder: Embedder
    gallery: Gallery
    engine: str = ONNXRUNTIME
    passed_over: tuple[str, ...] = ()
    slower: tuple[str, ...] = ()
    general: Detector | None = None

    def with_gallery(self, gallery: Gallery | str | Path) -> "Networks":
        """The same networks with another gallery: a Gallery, a shipped one's name, NO_SKUS for one that names nothing,
        an .npz, a folder of crops.

        Raises ModelFileError.
        """
        if not isinstance(gallery, Gallery):
            gallery = _open_gallery(gallery, self.embedder, self.gallery, WEIGHTS)
        return replace(self, gallery=gallery)


def load_networks(
    gallery: str | Path = DEFAULT_GALLERY,
    threads: int | None = None,
    weights: Path = WEIGHTS,
    engine: str = AUTO,
) -> Networks:
    """Networks of folder `weights` with `threads` threads a run (None: one per core), on an engine of
    `models.engines.NAMES`. Raises ModelFileError.
    """
    with _loading:
        networks = _networks(weights, threads, engine)
    return replace(networks, gallery=_open_gallery(gallery, networks.embedder, None, weights))


def load_manifests(weights: Path) -> tuple[Manifest, ...]:
    """Of detector, general and embedder, see NETWORKS. Raises ModelFileError."""
    return tuple(load_manifest(weights / f"{name}.json") for name in NETWORKS)


def assemble(opened: Opened, manifests: tuple[Manifest, ...], gallery: Gallery | None = None) -> Networks:
    """Networks of the runners `opened` and their manifests; without a gallery they know no SKU."""
    detector, general, embedder = manifests
    return Networks(
        Detector(opened.detector, detector),
        Embedder(opened.embedder, embedder),
        gallery or Gallery((), np.zeros((0, 1), np.float32), np.zeros(0, np.int64)),
        f"{opened.engine} {ENGINES[opened.engine].version()}",
        opened.passed_over,
        opened.slower,
        Detector(opened.general, general),
    )


@lru_cache(maxsize=4)
def _networks(weights: Path, threads: int | None, engine: str) -> Networks:
    manifests = load_manifests(weights)  # first: it tells of a missing file what to do, an engine would not
    return assemble(open_runners(weights, threads, engine), manifests)


def _open_gallery(name: str | Path, embedder: Embedder, like: Gallery | None, weights: Path) -> Gallery:
    path = Path(name)
    if name == NO_SKUS:
        like = like or Gallery.load(weights / "gallery-pepsico_vn.npz")
        return replace(like.without(like.codes), version=NO_SKUS)
    if isinstance(name, str) and path.name == name and not path.exists():
        path = weights / f"gallery-{name}.npz"
        if not path.is_file():
            known = ", ".join(shipped_galleries(weights))
            raise ModelFileError(f"no gallery {name}: give a folder of crops, a .npz file, or one of {known}")
    if not path.is_dir():
        return Gallery.load(path)
    if like is None and (shipped := weights / "gallery-pepsico_vn.npz").is_file():
        like = Gallery.load(shipped)
    return gallery_from_folder(path, embedder, like)


def shipped_galleries(weights: Path = WEIGHTS) -> list[str]:
    """The names that a gallery may be given by, sorted; NO_SKUS among them."""
    names = {file.stem.removeprefix("gallery-") for file in weights.glob("gallery-*.npz")}
    return sorted({*names, NO_SKUS})


def gallery_from_folder(folder: Path, embedder: Embedder, like: Gallery | None = None) -> Gallery:
    """A gallery from one sub-folder of reference crops per SKU code, all of them on trial.

    like: a gallery of the same embedder, whose thresholds are taken. Raises ModelFileError.
    """
    references: dict[str, list[Image]] = {}
    for directory in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
        if files := photos_below(directory):
            references[directory.name] = [_read_crop(file) for file in files]
    if not references:
        raise ModelFileError(f"{folder} has no sub-folder with crops: make one per SKU code, named by the code")
    vectors = np.stack([embedder.prototype(crops) for crops in references.values()])
    try:
        codes = tuple(references)
        made = Gallery(codes, vectors, np.arange(len(codes)), version=folder.name, enrolled=frozenset(codes))
        if like is None:
            return made
        return replace(made, accept=like.accept, sure=like.sure, margin=like.margin, reject=like.reject)
    except ValueError as error:
        raise ModelFileError(f"{folder} is not a gallery: {error}") from error


def _read_crop(file: Path) -> Image:
    image = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR) if file.stat().st_size else None
    if image is None:
        raise ModelFileError(f"{file} cannot be read as an image: replace or remove it")
    return np.asarray(image, np.uint8)

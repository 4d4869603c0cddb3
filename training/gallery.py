"""Galleries that ship: embeddings of references only, no crops. The exported embedder is used; torch is not needed.

Commands: `python -m training.gallery pepsico_vn` (fronts of the train split, limits from the calibration split) and
`python -m training.gallery demo` (rendered references of the demo's made-up brands).
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from datasets.crops import UNKNOWN, Image, cut, field_crops
from datasets.render import DEMO_SKUS, render_photo, render_reference
from models.embedder import Embedder
from models.gallery import Gallery
from models.manifest import WEIGHTS, load_manifest
from models.session import OnnxSession
from training.configs import require_data

MOST = 8  # references per SKU: k-means centres where there are more
MARGIN = 0.05  # lead over the runner-up that certainty needs, in cosine
ACCEPTED_SHARE = 0.95  # of known fronts; `accept` is the cosine that this share of them reaches
REJECTED_SHARE = 0.005  # of known fronts, whose own code is out of the question: `reject`
WRONG_SHARE_MAX = 0.005  # of the fronts called sure, on the calibration fronts; `sure` is the least such cosine

Floats = npt.NDArray[np.float32]


def shipped_embedder() -> Embedder:
    """The embedder of models/weights. Raises ModelFileError."""
    return Embedder(OnnxSession(WEIGHTS / "embedder.onnx", None), load_manifest(WEIGHTS / "embedder.json"))


def prototypes(embeddings: Floats, codes: Sequence[str], most: int = MOST) -> tuple[Floats, list[str]]:
    """Up to `most` unit vectors per code: k-means centres where a code has more references than that."""
    vectors, owners = [], []
    names = np.array(codes)
    for code in sorted(set(codes)):
        own = embeddings[names == code]
        if len(own) > most:
            criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-4)
            cv2.setRNGSeed(0)
            _, _, own = cv2.kmeans(own, most, np.empty(0, np.int32), criteria, 5, cv2.KMEANS_PP_CENTERS)
        vectors.append(own / np.linalg.norm(own, axis=1, keepdims=True))
        owners += [code] * len(own)
    return np.concatenate(vectors).astype(np.float32), owners


def build(references: Floats, codes: Sequence[str], competitors: frozenset[str], version: str) -> Gallery:
    """A gallery of the references' prototypes with limits yet to be calibrated."""
    vectors, owners = prototypes(references, codes)
    names = tuple(sorted(set(owners)))
    index = np.array([names.index(owner) for owner in owners])
    limits = {"reject": -1.0, "accept": -1.0, "sure": 1.0, "margin": MARGIN}
    return Gallery(names, vectors, index, competitors=competitors, version=version, **limits)


def calibrated(gallery: Gallery, embeddings: Floats, codes: Sequence[str]) -> Gallery:
    """The gallery with its limits set on fronts (n, d) that neither trained nor enrolled."""
    matches = gallery.match(embeddings)
    known = np.array([code in gallery.codes for code in codes])
    right = np.array([a == b for a, b in zip(matches.codes, codes, strict=True)])
    lead = matches.scores - matches.second_scores
    accept = float(np.quantile(matches.scores[known], 1 - ACCEPTED_SHARE))
    reject = float(np.quantile(_to_own_code(gallery, embeddings[known], np.array(codes)[known]), REJECTED_SHARE))
    limits = np.arange(0.99, accept, -0.005)
    called = (matches.scores >= limits[:, None]) & (lead >= MARGIN)
    wrong = (called & ~right).sum(axis=1) / np.maximum(called.sum(axis=1), 1)
    sure = float(limits[wrong <= WRONG_SHARE_MAX].min(initial=1.0))
    return replace(gallery, reject=min(reject, accept), accept=accept, sure=max(sure, accept))


def measure(gallery: Gallery, embeddings: Floats, codes: Sequence[str], photos: Sequence[Any]) -> dict[str, Any]:
    """Top-1 on known fronts, share of unknown fronts accepted, share called sure and how often wrong.

    photos: the photo of each front; the 95 % interval of top-1 is a bootstrap over photos, whose fronts are alike.
    """
    matches = gallery.match(embeddings)
    best = replace(gallery, reject=-1.0, accept=-1.0).match(embeddings).codes
    known = np.array([code in gallery.codes for code in codes])
    right = np.array([a == b for a, b in zip(best, codes, strict=True)])
    sure = np.array([len(candidates) == 1 for candidates in matches.candidates])
    accepted = matches.scores >= gallery.accept
    return {
        "known": int(known.sum()),
        "top1": float(right[known].mean()),
        "top1_interval": _interval(right[known], np.array(photos)[known]),
        "known_accepted": float(accepted[known].mean()),
        "unknown": int((~known).sum()),
        "unknown_accepted": float(accepted[~known].mean()) if (~known).any() else None,
        "sure": float(sure[known].mean()),
        "sure_wrong": float((~right[sure]).mean()) if sure.any() else None,
    }


def _interval(right: npt.NDArray[np.bool_], photos: npt.NDArray[Any], resamples: int = 2000) -> list[float]:
    _, place = np.unique(photos, return_inverse=True)
    hits, fronts = np.bincount(place, right), np.bincount(place)
    drawn = np.random.default_rng(0).integers(0, len(fronts), (resamples, len(fronts)))
    low, high = np.percentile(hits[drawn].sum(axis=1) / fronts[drawn].sum(axis=1), [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def _to_own_code(gallery: Gallery, embeddings: Floats, codes: npt.NDArray[np.str_]) -> Floats:
    """Cosine of each front to the nearest reference of its own code."""
    owners = np.array(gallery.codes)[gallery.owners]
    similarity = np.where(codes[:, None] == owners, embeddings @ gallery.embeddings.T, -1)
    return np.asarray(similarity.max(axis=1), np.float32)


def field_gallery(embedder: Embedder, root: Path) -> tuple[Gallery, dict[str, Any]]:
    """The gallery of the field catalogue, and its figures on the test split (limits from calibration)."""

    def fronts(*splits: str) -> tuple[Floats, list[str], list[str]]:
        crops, codes, photos = field_crops(root, splits, margin=0.0)
        return embedder.embed(crops), codes, photos

    references, codes, _ = fronts("train")
    known = np.array([code != UNKNOWN for code in codes])
    gallery = build(references[known], [code for code in codes if code != UNKNOWN], frozenset(), "pepsico_vn-1")
    gallery = calibrated(gallery, *fronts("calibration", "select")[:2])
    return gallery, measure(gallery, *fronts("test"))


def demo_gallery(embedder: Embedder, views: int = 8) -> tuple[Gallery, dict[str, Any]]:
    """The gallery of the made-up brands from rendered references; limits from 30 rendered photos, figures on 30."""
    references = [render_reference(sku, 50_000 + view) for sku in DEMO_SKUS for view in range(views)]
    codes = [sku.code for sku in DEMO_SKUS for _ in range(views)]
    competitors = frozenset(sku.code for sku in DEMO_SKUS if not sku.own)
    gallery = build(embedder.embed(references), codes, competitors, "demo-1")
    gallery = calibrated(gallery, *_rendered_fronts(embedder, range(60_000, 60_030))[:2])
    return gallery, measure(gallery, *_rendered_fronts(embedder, range(61_000, 61_030)))


def _rendered_fronts(embedder: Embedder, seeds: range) -> tuple[Floats, list[str], list[int]]:
    crops: list[Image] = []
    codes: list[str] = []
    photos: list[int] = []
    for seed in seeds:
        photo = render_photo(seed, width=720, height=960, skus=DEMO_SKUS)
        crops += [cut(photo.image, front.box) for front in photo.products]
        codes += [front.sku for front in photo.products]
        photos += [seed] * len(photo.products)
    return embedder.embed(crops), codes, photos


def write_gallery(name: str) -> dict[str, Any]:
    """Makes, calibrates, measures and writes `gallery-NAME.npz`; returns the figures. Raises DatasetError."""
    if name == "demo":
        gallery, figures = demo_gallery(shipped_embedder())
    else:
        gallery, figures = field_gallery(shipped_embedder(), require_data())
    gallery.save(WEIGHTS / f"gallery-{name}.npz")
    limits = {name: round(getattr(gallery, name), 3) for name in ("reject", "accept", "sure", "margin")}
    figures = {"limits": limits, **figures}
    print(name, figures, flush=True)
    return figures


if __name__ == "__main__":
    write_gallery(sys.argv[1])

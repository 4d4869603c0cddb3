"""Galleries that ship: one embedding per SKU, no crops. The exported embedder is used; torch is not needed.

Commands: `python -m training.gallery pepsico_vn` (fronts of the train split, limits from calibration and select) and
`python -m training.gallery demo` (rendered references of the demo's made-up brands).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from datasets.crops import UNKNOWN, Image, cut, field_crops
from datasets.render import DEMO_SKUS, render_photo, render_reference
from datasets.splits import require_data
from models.embedder import Embedder
from models.gallery import Gallery
from models.manifest import WEIGHTS, load_manifest
from models.network_runner import OnnxRunner

REFERENCES = 80  # of a SKU, at most; each is embedded with its varied views
ACCEPTED_SHARE = 0.95  # of known fronts; `accept` is the score that this share of them reaches
REJECTED_SHARE = 0.005  # of known fronts, whose own code is out of the question: `reject`, and behind by `margin`
# Of the calibration photos, those on which a front is called sure of a wrong code: wrong ones come several to a photo,
# and a payment fails by the photo. One is allowed in any case.
WRONG_PHOTOS_MAX = 0.005
MARGINS = np.arange(0.02, 0.501, 0.01)  # leads over the runner-up among which certainty's is chosen
# Of the gallery's codes, how many are taken out for each calibration photo, others on each: real shelves hold what
# nobody enrolled. Without it the demo's gallery called half of such fronts sure of another code.
LEFT_OUT_SHARE = 0.25

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fronts:
    """embeddings (n, d), true codes and photos of n fronts."""

    embeddings: Floats
    codes: npt.NDArray[np.str_]
    photos: npt.NDArray[Any]


@dataclass(frozen=True)
class Matched:
    """What a gallery says of n fronts, photo by photo: best code whatever its score, score, lead, own code's score.

    known: whether the front's code is in the gallery. sure: whether the gallery's limits call the front sure.
    """

    best: npt.NDArray[np.str_]
    scores: Floats
    leads: Floats
    own: Floats
    sure: Mask
    known: Mask


def embedder_of(folder: Path = WEIGHTS) -> Embedder:
    """The embedder of a folder of weights. Raises ModelFileError."""
    return Embedder(OnnxRunner(folder / "embedder.onnx", None), load_manifest(folder / "embedder.json"))


def matched(gallery: Gallery, fronts: Fronts, left_out: float = 0.0) -> Matched:
    """Matches each photo's fronts together, as serving does. left_out: share of the codes taken out for each photo."""
    rng = np.random.default_rng(0)
    best = np.full(len(fronts.codes), "", object)
    scores, leads, own = (np.zeros(len(best), np.float32) for _ in range(3))
    sure, known = np.zeros(len(best), bool), np.zeros(len(best), bool)
    for photo in np.unique(fronts.photos):
        here = np.flatnonzero(fronts.photos == photo)
        there = gallery.without(set(rng.permutation(gallery.codes)[: round(left_out * len(gallery.codes))].tolist()))
        similarity = there.similarity(fronts.embeddings[here])
        matches = replace(there, reject=-2.0, accept=-2.0).match(fronts.embeddings[here])
        best[here], scores[here] = matches.codes, matches.scores
        leads[here] = matches.leads
        sure[here] = [
            len(names) == 1 and names <= set(there.codes) for names in there.match(fronts.embeddings[here]).candidates
        ]
        known[here] = np.isin(fronts.codes[here], there.codes)
        for place, row in enumerate(here):
            own[row] = similarity[place, there.codes.index(fronts.codes[row])] if known[row] else -1
    return Matched(best.astype(np.str_), scores, leads, own, sure, known)


def build(
    embedder: Embedder,
    crops: Sequence[Image],
    codes: Sequence[str],
    version: str,
    competitors: frozenset[str],
    trained: bool,
) -> Gallery:
    """A gallery of one prototype per code, with limits yet to be calibrated."""
    rng = np.random.default_rng(0)
    names, order = tuple(sorted(set(codes))), rng.permutation(len(crops))
    vectors = [embedder.prototype([crops[i] for i in order if codes[i] == name][:REFERENCES]) for name in names]
    return Gallery(
        names, np.stack(vectors), np.arange(len(names)), reject=-1.0, accept=-1.0, sure=2.0,
        competitors=competitors, version=version, trained=frozenset(names) if trained else frozenset(),
    )  # fmt: skip


def calibrated(gallery: Gallery, fronts: Fronts, left_out: float = LEFT_OUT_SHARE) -> Gallery:
    """The gallery with its limits set on fronts that neither trained nor enrolled. left_out: as in `matched`.

    Of all pairs of a score and a lead that keep the photos with a wrong front among the sure within WRONG_PHOTOS_MAX,
    the pair that calls most fronts sure. A front of no gallery code counts as wrong when called sure. Since what is
    behind by the margin is no candidate, no lead is tried that the own code of more known fronts than REJECTED_SHARE is
    behind by: they would be counted as surely something else.
    """
    found = matched(gallery, fronts, left_out)
    accept = float(np.quantile(found.scores[found.known], 1 - ACCEPTED_SHARE))
    reject = min(accept, float(np.quantile(found.own[found.known], REJECTED_SHARE)))
    wrong, photos = found.best != fronts.codes, len(np.unique(fronts.photos))
    best, sure, margin = 0, 2.0, float(MARGINS[-1])
    least = min(_behind(gallery, fronts, accept), margin)
    for lead in MARGINS[least <= MARGINS]:
        for limit in np.arange(accept, 1.0, 0.01):
            called = (found.scores >= limit) & (found.leads >= lead)
            spoilt = len(np.unique(fronts.photos[called & wrong]))
            if called.sum() > best and spoilt <= max(1, WRONG_PHOTOS_MAX * photos):
                best, sure, margin = int(called.sum()), float(limit), float(lead)
    return replace(gallery, reject=reject, accept=accept, sure=sure, margin=margin)


def _behind(gallery: Gallery, fronts: Fronts, accept: float) -> float:
    """By how much the own code of all but REJECTED_SHARE of the known fronts is at most behind the best one."""
    found = matched(gallery, fronts)
    named = found.known & (found.scores >= accept)
    return float(np.quantile((found.scores - found.own)[named], 1 - REJECTED_SHARE))


def measure(gallery: Gallery, fronts: Fronts, left_out: float = 0.0) -> dict[str, Any]:
    """Top-1 on known fronts, unknown fronts against known ones, share called sure and how often wrong.

    The 95 % interval of top-1 is a bootstrap over photos, whose fronts are alike.
    """
    found = matched(gallery, fronts, left_out)
    known = found.known
    right = found.best == fronts.codes
    accepted = found.scores >= gallery.accept
    return {
        "known": int(known.sum()),
        "top1": float(right[known].mean()),
        "top1_interval": interval(right[known], fronts.photos[known]),
        "known_accepted": float(accepted[known].mean()),
        "unknown": int((~known).sum()),
        "unknown_accepted": float(accepted[~known].mean()) if (~known).any() else None,
        "unknown_auroc": auroc(found.scores[known], found.scores[~known]) if (~known).any() else None,
        "sure": float(found.sure[known].mean()),
        "sure_wrong": float((~right[found.sure]).mean()) if found.sure.any() else None,
    }


def auroc(positive: Floats, negative: Floats) -> float:
    """Probability that a positive scores above a negative (area under the ROC curve)."""
    below = np.searchsorted(np.sort(negative), positive, side="left")
    up_to = np.searchsorted(np.sort(negative), positive, side="right")
    return float((below + up_to).mean() / 2 / len(negative))


def interval(right: Mask, photos: npt.NDArray[Any], resamples: int = 2000) -> list[float]:
    """95 % bootstrap interval, over photos, of the share that is right."""
    _, place = np.unique(photos, return_inverse=True)
    hits, fronts = np.bincount(place, right), np.bincount(place)
    drawn = np.random.default_rng(0).integers(0, len(fronts), (resamples, len(fronts)))
    low, high = np.percentile(hits[drawn].sum(axis=1) / fronts[drawn].sum(axis=1), [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def field_fronts(embedder: Embedder, root: Path, *splits: str, mended: bool) -> Fronts:
    """The true boxes of these splits of the field photos, embedded."""
    crops, codes, photos = field_crops(root, splits, margin=0.0, mended=mended)
    return Fronts(embedder.embed(crops), np.array(codes), np.array(photos))


def field_gallery(embedder: Embedder, root: Path) -> tuple[Gallery, dict[str, Any]]:
    """The gallery of the field catalogue, and its figures on the test split, labels as they came and mended."""
    crops, codes, _ = field_crops(root, ["train"], margin=0.0, mended=True)
    known = [i for i, code in enumerate(codes) if code != UNKNOWN]
    gallery = build(embedder, [crops[i] for i in known], [codes[i] for i in known], "pepsico_vn-3", frozenset(), True)
    gallery = calibrated(gallery, field_fronts(embedder, root, "calibration", "select", mended=True))
    test = {mended: field_fronts(embedder, root, "test", mended=mended) for mended in (False, True)}
    return gallery, {"as labelled": measure(gallery, test[False]), "mended": measure(gallery, test[True])}


def demo_gallery(embedder: Embedder, views: int = 8) -> tuple[Gallery, dict[str, Any]]:
    """The gallery of the made-up brands from rendered references; limits from 300 rendered photos, figures on 60."""
    references = [render_reference(sku, 50_000 + view) for sku in DEMO_SKUS for view in range(views)]
    codes = [sku.code for sku in DEMO_SKUS for _ in range(views)]
    competitors = frozenset(sku.code for sku in DEMO_SKUS if not sku.own)
    gallery = build(embedder, references, codes, "demo-4", competitors, False)
    gallery = calibrated(gallery, _rendered_fronts(embedder, range(60_000, 60_300)))
    test = _rendered_fronts(embedder, range(61_000, 61_060))
    return gallery, {"all known": measure(gallery, test), "codes left out": measure(gallery, test, LEFT_OUT_SHARE)}


def _rendered_fronts(embedder: Embedder, seeds: range) -> Fronts:
    crops: list[Image] = []
    codes: list[str] = []
    photos: list[int] = []
    for seed in seeds:
        photo = render_photo(seed, width=720, height=960, skus=DEMO_SKUS)
        crops += [cut(photo.image, front.box) for front in photo.products]
        codes += [front.sku for front in photo.products]
        photos += [seed] * len(photo.products)
    return Fronts(embedder.embed(crops), np.array(codes), np.array(photos))


def write_gallery(name: str) -> dict[str, Any]:
    """Makes, calibrates, measures and writes `gallery-NAME.npz`; returns the figures. Raises DatasetError."""
    if name == "demo":
        gallery, figures = demo_gallery(embedder_of())
    else:
        gallery, figures = field_gallery(embedder_of(), require_data())
    gallery.save(WEIGHTS / f"gallery-{name}.npz")
    limits = {name: round(getattr(gallery, name), 3) for name in ("reject", "accept", "sure", "margin")}
    figures = {"limits": limits, **figures}
    print(name, figures, flush=True)
    return figures


if __name__ == "__main__":
    write_gallery(sys.argv[1])

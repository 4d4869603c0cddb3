"""Embedder on field fronts (train split), bottled teas, shop packages and made-up brands.

Command: `shelfproof train embedder_field`, which also exports it and writes both galleries.
Made-up brands of the demo are not trained on as such: 60 other procedural SKUs are, so that the demo's gallery is
an enrolment from references like any new brand's.
"""

import os
from functools import cache
from pathlib import Path

import numpy as np
import torch

from datasets.crops import UNKNOWN, boxed_crops, field_crops, folder_crops
from datasets.render import random_skus, render_reference
from datasets.splits import require_data
from models.manifest import WEIGHTS
from models.views import widened
from training.configs import imagenet_weights
from training.embedder import EmbedderConfig, Image, fit_whitening, train_embedder
from training.export import export_embedder
from training.gallery import write_gallery
from training.ultralytics_offline import RUNS

EPOCHS = 28
DATA = (
    "drinks_pepsico_vn, split train (CC BY 4.0), with label_patches.csv",
    "beverages_nthu (CC BY 4.0)",
    "grocerystore_klasson_packages, train (MIT)",
    "rendered made-up brands (AGPL-3.0-or-later)",
)


def rendered_crops(skus: int = 60, each: int = 12, seed: int = 77) -> tuple[list[Image], list[str]]:
    """References of procedural SKUs with a wide margin, as the field crops have."""
    made = random_skus(np.random.default_rng(seed), skus)
    fronts = [
        render_reference(sku, 1000 * number + view, 112) for number, sku in enumerate(made) for view in range(each)
    ]
    return [widened(front) for front in fronts], [f"rendered {sku.code}" for sku in made for _ in range(each)]


@cache
def training_crops(without: tuple[str, ...], mended: bool) -> tuple[list[Image], list[str], int]:
    """(crops, their products, how many of them, the first, are fronts of the field). Raises DatasetError."""
    root = require_data()
    crops, codes, _ = field_crops(root, ["train"], mended=mended)
    known = [i for i, code in enumerate(codes) if code != UNKNOWN and code not in without]
    crops, codes = [crops[i] for i in known], [codes[i] for i in known]
    fronts = len(crops)
    for more, names in (
        boxed_crops(root / "beverages_nthu", "tea "),
        folder_crops(root / "grocerystore_klasson_packages" / "train", "shop "),
        rendered_crops(),
    ):
        crops += more
        codes += names
    print(f"{len(crops)} crops of {len(set(codes))} products", flush=True)
    return crops, codes, fronts


def train_and_export(
    config: EmbedderConfig, version: str, out: Path, without: tuple[str, ...] = (), mended: bool = True
) -> Path:
    """Trains on all but the codes `without`, exports to `out` and returns the manifest. Raises DatasetError.

    mended: with the mistakes of the labels put right.
    """
    crops, codes, fronts = training_crops(without, mended)
    torch.set_num_threads(os.cpu_count() or 1)
    net = train_embedder(config, crops, codes)
    (RUNS / config.name).mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), RUNS / config.name / "last.pt")
    fit_whitening(net, crops[:fronts], codes[:fronts])
    return export_embedder(net, version, {"data": DATA}, out)


def main(epochs: int | None = None) -> Path:
    """Trains, exports, makes the galleries; returns the manifest."""
    start = imagenet_weights()
    manifest = train_and_export(EmbedderConfig("embedder_field", start, epochs or EPOCHS), "3", WEIGHTS)
    for name in ("pepsico_vn", "demo"):
        write_gallery(name)
    return manifest

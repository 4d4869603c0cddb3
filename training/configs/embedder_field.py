"""Embedder on field fronts (train split), bottled teas, shop packages and made-up brands.

Command: `shelfproof train embedder_field`, which also exports it and writes both galleries.
Made-up brands of the demo are not trained on as such: 60 other procedural SKUs are, so that the demo's gallery is
an enrolment from references like any new brand's.
"""

from pathlib import Path

import cv2
import numpy as np
import torch

from datasets.crops import UNKNOWN, boxed_crops, field_crops, folder_crops
from datasets.render import random_skus, render_reference
from training.configs import require_data
from training.embedder import EmbedderConfig, Image, train_embedder
from training.export import export_embedder
from training.gallery import write_gallery
from training.ultralytics_offline import RUNS

DATA = (
    "drinks_pepsico_vn, split train (CC BY 4.0)",
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
    crops = [np.asarray(cv2.copyMakeBorder(front, 16, 16, 16, 16, cv2.BORDER_REFLECT), np.uint8) for front in fronts]
    return crops, [f"rendered {sku.code}" for sku in made for _ in range(each)]


def main(epochs: int | None = None) -> Path:
    """Trains, exports, makes the galleries; returns the manifest."""
    root = require_data()
    torch.set_num_threads(2)
    crops, codes, _ = field_crops(root, ["train"])
    known = [i for i, code in enumerate(codes) if code != UNKNOWN]
    crops, codes = [crops[i] for i in known], [codes[i] for i in known]
    for more, names in (
        boxed_crops(root / "beverages_nthu", "tea "),
        folder_crops(root / "grocerystore_klasson_packages" / "train", "shop "),
        rendered_crops(),
    ):
        crops += more
        codes += names
    print(f"{len(crops)} crops of {len(set(codes))} products", flush=True)
    config = EmbedderConfig("embedder_field", root.parent / "weights" / "yolo11n_coco.safetensors", epochs or 24)
    net = train_embedder(config, crops, codes)
    (RUNS / config.name).mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), RUNS / config.name / "last.pt")
    manifest = export_embedder(net, "1", {"data": DATA})
    for name in ("pepsico_vn", "demo"):
        write_gallery(name)
    return manifest

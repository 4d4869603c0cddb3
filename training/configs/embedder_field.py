"""Embedder on field fronts (train split), bottled teas, shop packages and made-up brands.

Command: `python -m training.configs.embedder_field` (writes models/weights/embedder.onnx and both galleries).
Made-up brands of the demo are not trained on as such: 60 other procedural SKUs are, so that the demo's gallery is
an enrolment from references like any new brand's.
"""

import sys

import cv2
import numpy as np
import torch

from datasets.crops import UNKNOWN, boxed_crops, field_crops, folder_crops
from datasets.render import random_skus, render_reference
from datasets.splits import data_root
from training.embedder import EmbedderConfig, Image, train_embedder
from training.export import export_embedder
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
    crops = [
        cv2.copyMakeBorder(render_reference(sku, 1000 * number + view, 112), 16, 16, 16, 16, cv2.BORDER_REFLECT)
        for number, sku in enumerate(made)
        for view in range(each)
    ]
    return crops, [f"rendered {sku.code}" for sku in made for _ in range(each)]


def main(epochs: int = 24) -> None:
    root = data_root()
    if root is None:
        raise SystemExit("field photos not found: set SHELFPROOF_DATA")
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
    config = EmbedderConfig("embedder_field", root.parent / "weights" / "yolo11n_coco.safetensors", epochs)
    net = train_embedder(config, crops, codes)
    (RUNS / config.name).mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), RUNS / config.name / "last.pt")
    print(export_embedder(net, "1", {"data": DATA}))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))

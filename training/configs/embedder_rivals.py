"""What was compared for the embedder: COCO's backbone or MobileNetV3-small (ships), CosFace or supervised contrast.

Command: `shelfproof train embedder_rivals` (writes runs/embedder_rivals.json; what stands there is not run again).
All variants see the same crops for as many epochs, without the six held-out SKUs, labels mended, and serve alike: half
whitened features, half projection; backbones as they come, nothing trained, the whitened features alone. Read on select
and calibration, with five references of each of the six.
"""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.crops import UNKNOWN, field_crops
from datasets.splits import require_data
from training.configs.embedder_field import train_and_export
from training.embedder import EmbedderConfig
from training.enrolment import HELD_OUT, enrolled, known_alone
from training.gallery import build, embedder_of, field_fronts
from training.ultralytics_offline import RUNS

EPOCHS = 10  # some twenty minutes in all on two idle cores
REFERENCES = 5
TEMPERATURE = 0.1  # of Khosla et al. 2020
TARGET = RUNS / "embedder_rivals.json"


def variants(weights: Path, epochs: int) -> list[EmbedderConfig]:
    """What is compared; the first is embedder 2's recipe with fewer epochs."""
    coco = EmbedderConfig("embedder_rivals_coco", weights / "yolo11n_coco.safetensors", epochs)
    mobilenet = EmbedderConfig("embedder_rivals_mobilenet", weights / "mobilenet_v3_small_features.onnx", epochs)
    frozen = [replace(config, name=f"{config.name}_frozen", epochs=0) for config in (coco, mobilenet)]
    return [coco, *frozen, mobilenet, replace(coco, name="embedder_rivals_contrast", temperature=TEMPERATURE)]


def main(epochs: int | None = None) -> Path:
    """Runs the variants that are not in the report yet and returns its path."""
    root = require_data()
    report = json.loads(TARGET.read_text()) if TARGET.is_file() else {}
    for config in variants(root.parent / "weights", epochs or EPOCHS):
        if report.get(config.name, {}).get("epochs") == config.epochs:
            continue
        began = time.monotonic()
        train_and_export(config, "rival", RUNS / config.name, HELD_OUT)
        report[config.name] = {
            "epochs": config.epochs,
            **figures(RUNS / config.name, root, trained=config.epochs > 0),
            "minutes": round((time.monotonic() - began) / 60, 1),
        }
        TARGET.write_text(json.dumps(report, indent=1) + "\n")
        print(config.name, report[config.name], flush=True)
    return TARGET


def figures(folder: Path, root: Path, trained: bool) -> dict[str, Any]:
    """Top-1 of the 23 known SKUs alone and of the six new ones, and the AUROC of unknown, by the embedder of `folder`.

    trained: whether photos of the known SKUs trained it, which ranking makes up for.
    """
    embedder = embedder_of(folder)
    crops, codes, photos = field_crops(root, ["train"], margin=0.0, mended=True)
    old = [i for i, code in enumerate(codes) if code not in (UNKNOWN, *HELD_OUT)]
    gallery = build(embedder, [crops[i] for i in old], [codes[i] for i in old], "rival", frozenset(), trained)
    fronts = field_fronts(embedder, root, "select", "calibration", mended=True)
    alone = known_alone(gallery, fronts)
    new = enrolled(embedder, gallery, fronts, (crops, codes, photos), REFERENCES)
    return {
        "known": alone["top1"],
        "known_interval": alone["top1_interval"],
        "six_new": new["new_top1"],
        "six_new_deviation": new["new_top1_deviation"],
        "known_then": new["known_top1"],
        "auroc": alone["auroc"],
        "fronts": [alone["known"], new["fronts"], alone["unknown"]],
    }

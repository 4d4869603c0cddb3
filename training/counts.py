"""Fronts that the serving pipeline counts on shop photos of other countries, beside those counted by eye.

Command: `python -m training.counts` (datasets/hand_counts.csv; some minutes). Photos that were counted and then boxed
for training (datasets/shop_fronts.csv) are left out: none of the others trained anything.
"""

import csv
import json
from pathlib import Path
from typing import Any

from rich.progress import track

from datasets.shops import shop_photos
from datasets.splits import require_data
from models.load import load_networks
from pipeline.facts.display import read_display
from pipeline.facts.make import FactContext
from pipeline.read import read_photo

FILE = Path(__file__).resolve().parents[1] / "datasets" / "hand_counts.csv"
NEAR = 0.15  # of the count by eye


def compare(root: Path) -> list[dict[str, Any]]:
    """Per photo: count by eye with its defensible range, the interval that was read, and how they agree.

    near, near_range: whether best lies within NEAR of the count, and of the range. general: whether that detector read.
    """
    networks = load_networks()
    context = FactContext(networks.gallery.own)
    trained = {photo.path for photo in shop_photos(root)}
    with FILE.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    compared = []
    for row in track(rows, "Reading photos", transient=True):
        file = root / row["set"] / "images" / row["photo"]
        if file in trained:
            continue
        reading = read_photo(file.read_bytes(), networks, context)
        # what is on the photo; the facts also bound what a cut off display has beyond it
        found = read_display(reading.detections).there.count().as_dict()
        count, low, high = (int(row[name]) for name in ("count", "count_low", "count_high"))
        compared.append(
            {
                "photo": row["photo"],
                "count": count,
                "range": [low, high],
                "found": found,
                "near": abs(found["best"] - count) <= NEAR * count,
                "near_range": low * (1 - NEAR) <= found["best"] <= high * (1 + NEAR),
                "inside": found["low"] <= count <= found["high"],
                "general": "general" in reading.models,
                "flags": [flag["code"] for flag in reading.flags],
            }
        )
    return compared


def main() -> None:
    photos = compare(require_data())
    width = sum(photo["found"]["high"] - photo["found"]["low"] for photo in photos) / len(photos)
    summary = {
        "photos": len(photos),
        **{name: sum(photo[name] for photo in photos) for name in ("near", "near_range", "inside", "general")},
        "mean_width": round(width, 1),
        "mean_count": round(sum(photo["count"] for photo in photos) / len(photos), 1),
    }
    print(json.dumps({"summary": summary, "photos": photos}, indent=1))


if __name__ == "__main__":
    main()

"""The YOLO folder of rendered photos reads back to the same boxes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from datasets.render import render_photo, write_yolo
from datasets.tags import scene_tags

PLAN = [["ketto-cola-can", "rivo-cola-can"], ["aquilo-water", None, "aquilo-water"]]


@pytest.mark.parametrize("classes", ["detector", "sku"])
def test_round_trip(tmp_path: Path, classes: str) -> None:
    photos = [
        render_photo(1, width=240, height=320, scene="cooler", plan=PLAN),
        render_photo(2, width=320, height=240, scene="other"),
    ]
    write_yolo(photos, tmp_path, classes)  # type: ignore[arg-type]
    names = yaml.safe_load((tmp_path / "data.yaml").read_text())["names"]
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert [entry["scene"] for entry in truth] == ["cooler", "other"]
    assert [tags["scene"] for tags in scene_tags(tmp_path).values()] == ["cooler", "other"]
    for photo, entry in zip(photos, truth, strict=True):
        image = cv2.imread(str(tmp_path / "images" / entry["photo"]))
        assert image is not None
        assert image.shape == photo.image.shape
        stem = Path(entry["photo"]).stem
        labels = [line.split() for line in (tmp_path / "labels" / f"{stem}.txt").read_text().splitlines()]
        wanted = ["product" if classes == "detector" else product.sku for product in photo.products]
        boxes = [product.box for product in photo.products]
        if classes == "detector":
            wanted += ["cooler"] * len(photo.coolers)
            boxes += list(photo.coolers)
        assert [names[int(label[0])] for label in labels] == wanted
        size = np.array([entry["width"], entry["height"]])
        for label, box in zip(labels, boxes, strict=True):
            middle, extent = np.array(label[1:3], float) * size, np.array(label[3:5], float) * size
            assert np.concatenate([middle - extent / 2, middle + extent / 2]) == pytest.approx(box, abs=0.02)
        cooler = (tmp_path / "labels_cooler" / f"{stem}.txt").read_text().splitlines()
        assert len(cooler) == len(photo.coolers)
